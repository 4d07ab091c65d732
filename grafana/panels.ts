import {
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  CellValuesBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapPanelBuilder,
  HeatmapTooltipBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesPanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { described, type Limit, limits, type PanelText, type State, stateMapping } from './panel-text.ts';
import { type Curve, instantQuery, rangeQuery, refId } from './queries.ts';

interface TimeSeriesText extends PanelText {
  readonly curves: readonly Curve[];
  readonly min?: number;
  readonly max?: number;
  readonly isStacked?: boolean;
  /** Constant limits, drawn as dashed lines; those that the metrics tell are curves. */
  readonly lines?: readonly Limit[];
}

export function timeSeries(text: TimeSeriesText): TimeSeriesPanelBuilder {
  const { curves, min, max, isStacked = false, lines } = text;
  const builder = described(new TimeSeriesPanelBuilder(), text)
    .targets(curves.map(rangeQuery))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(manyValues())
    .lineWidth(1)
    .fillOpacity(isStacked ? 30 : 8)
    .showPoints(VisibilityMode.Auto);
  if (min !== undefined) builder.min(min);
  if (max !== undefined) builder.max(max);
  if (isStacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (lines !== undefined)
    builder
      .thresholds(limits(lines))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const [i, { isLimit = false }] of curves.entries())
    if (isLimit) builder.overrideByQuery(refId(i), LIMIT_STYLE);
  return builder;
}

const LIMIT_STYLE = [
  { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.fillOpacity', value: 0 },
];

interface StatText extends PanelText {
  readonly expr: string;
  readonly steps: readonly Limit[];
  /** Of each figure, where there are several. */
  readonly legend?: string;
  readonly states?: readonly State[];
}

export function stat(text: StatText): StatPanelBuilder {
  const { expr, steps, legend = '', states } = text;
  const builder = described(new StatPanelBuilder(), text)
    .targets([instantQuery(expr, legend)])
    .thresholds(limits(steps))
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  return states === undefined ? builder : builder.mappings([stateMapping(states)]);
}

interface HeatmapText extends PanelText {
  /** A native histogram: its buckets come with the samples. */
  readonly expr: string;
}

export function heatmap(text: HeatmapText): HeatmapPanelBuilder {
  const curve = { expr: text.expr, legend: '', hasExemplars: true };
  return described(new HeatmapPanelBuilder(), text)
    .targets([rangeQuery(curve).format(PromQueryFormat.Heatmap)])
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new YAxisConfigBuilder().unit(text.unit))
    .cellValues(new CellValuesBuilder().unit('eps'))
    .tooltip(
      new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Multi).yHistogram(true).showColorScale(true),
    );
}

interface StateTimelineText extends PanelText {
  readonly curve: Curve;
  readonly states: readonly State[];
}

/** What is in one of a few states, over time. */
export function stateTimeline(text: StateTimelineText): StateTimelinePanelBuilder {
  return described(new StateTimelinePanelBuilder(), text)
    .targets([rangeQuery(text.curve)])
    .mappings([stateMapping(text.states)])
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(false)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(manyValues())
    .showValue(VisibilityMode.Never)
    .rowHeight(0.8);
}

function manyValues(): VizTooltipOptionsBuilder {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}
