import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLink,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The data source that the reader chose; Grafana fills it in. */
export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: `$\{datasource}` };

/** Width and height in cells of Grafana's grid, which is 24 wide. */
export type Size = readonly [width: number, height: number];

/** What every panel has. */
export interface PanelText {
  /** Of the dashboard's own, never given to another panel: links point at it. */
  readonly id: number;
  readonly title: string;
  /** What it means, and what to do when it looks bad. */
  readonly description: string;
  readonly size: Size;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly decimals?: number;
  /** What it means that there is nothing to show; only where that is no fault. */
  readonly emptyText?: string;
  /** Draws the panel once for each value that is chosen of the variable. */
  readonly repeat?: 'event';
}

/** What the builders of all kinds of panels can do. */
interface AnyPanelBuilder {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  gridPos(gridPos: { x: number; y: number; w: number; h: number }): this;
  datasource(datasource: DataSourceRef): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  noValue(text: string): this;
  repeat(variable: string): this;
  repeatDirection(direction: 'h' | 'v'): this;
  maxPerRow(count: number): this;
  dataLinks(links: Builder<DashboardLink>[]): this;
}

export function described<B extends AnyPanelBuilder>(builder: B, text: PanelText): B {
  const { id, title, description, size, unit, decimals, emptyText, repeat } = text;
  const [w, h] = size;
  builder.id(id).title(title).description(description).gridPos({ x: 0, y: 0, w, h });
  builder.datasource(DATASOURCE).unit(unit);
  if (decimals !== undefined) builder.decimals(decimals);
  if (emptyText !== undefined) builder.noValue(emptyText);
  if (repeat !== undefined)
    builder
      .repeat(repeat)
      .repeatDirection('h')
      .maxPerRow(24 / w);
  return builder;
}

/** Where a figure turns to another colour: from `value` upwards. */
export type Limit = Threshold;

/** Good while it is small. */
export function goodBelow(value: number, color = 'red'): Limit[] {
  return [
    { value: null, color: 'green' },
    { value, color },
  ];
}

/** Good while it is great. */
export function goodFrom(value: number, color = 'red'): Limit[] {
  return [
    { value: null, color },
    { value, color: 'green' },
  ];
}

/** A figure that is neither good nor bad. */
export const NEUTRAL: Limit[] = [{ value: null, color: 'blue' }];

export function limits(steps: readonly Limit[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);
}

/** What a number stands for. */
export interface State {
  readonly value: number;
  readonly text: string;
  readonly color: string;
}

export function stateMapping(states: readonly State[]): ValueMap {
  const options = states.map(({ value, text, color }, index) => [String(value), { text, color, index }]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}
