import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { DATASOURCE } from './panel-text.ts';

/** A query that is drawn over time, one curve for each series. */
export interface Curve {
  readonly expr: string;
  readonly legend: string;
  /** Asks for the traces behind it as well: of histograms. */
  readonly hasExemplars?: boolean;
  /** A limit that the metrics tell, drawn as a dashed red line. */
  readonly isLimit?: boolean;
}

/** A, B, C: Grafana's names of a panel's queries. */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

export function rangeQuery({ expr, legend, hasExemplars = false }: Curve, index = 0): DataqueryBuilder {
  return query(expr, index).range().legendFormat(legend).exemplar(hasExemplars);
}

export function instantQuery(expr: string, legend: string, index = 0): DataqueryBuilder {
  return query(expr, index).instant().legendFormat(legend);
}

export function tableQuery(expr: string, index: number): DataqueryBuilder {
  return query(expr, index).instant().format(PromQueryFormat.Table);
}

function query(expr: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(DATASOURCE)
    .editorMode(QueryEditorMode.Code)
    .expr(expr)
    .refId(refId(index));
}
