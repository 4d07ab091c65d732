import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** One of several plots below one another. */
export type Panel = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** In pixels; plots are drawn for a screen or paper, and again for a phone, where a scaled one could not be read. */
export const WIDTHS = { wide: 760, narrow: 340 } as const;

/** Of Okabe and Ito, Color Universal Design (2008): told apart by nearly everybody. The grey is for what is the baseline. */
export const PALETTE = {
  grey: '#7f7f7f',
  orange: '#e69f00',
  skyBlue: '#56b4e9',
  green: '#009e73',
  blue: '#0072b2',
  vermillion: '#d55e00',
  purple: '#cc79a7',
} as const;

/** Text and lines take the colour of the page's text, so that a plot is legible on light and on dark. */
const INK = 'currentColor';
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

/** Of a line that stands for no row: otherwise it would be drawn once for each. */
export const ONCE = { values: [{}] };

/** For the labels of an axis of ratios: `0.5 %`. */
export const PERCENT_LABEL = "format(100 * datum.value, '.6~f') + '\\u00a0%'";

/** The look that all plots share. */
export const FRAME = {
  background: 'transparent',
  padding: 4,
  config: {
    // One label on the figure says more than hundreds on its marks.
    aria: false,
    font: FONT,
    view: { stroke: null },
    axis: {
      labelColor: INK,
      titleColor: INK,
      tickColor: INK,
      domainColor: INK,
      gridColor: INK,
      gridOpacity: 0.13,
      domainOpacity: 0.4,
      tickOpacity: 0.4,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 8,
    },
    header: { labelColor: INK, titleColor: INK, labelFontSize: 12 },
    title: { color: INK, fontSize: 12.5, anchor: 'start', frame: 'group', offset: 6 },
    legend: { labelColor: INK, titleColor: INK, labelFontSize: 12, symbolStrokeWidth: 3 },
    text: { color: INK },
  },
} as const;

/** The scene of a plot: what is drawn, and where. */
export function viewOf(spec: TopLevelSpec): View {
  return new View(parse(compile(spec).spec), { renderer: 'none' });
}

/** As SVG text, with nothing outside of it. */
export async function draw(spec: TopLevelSpec): Promise<string> {
  const view = viewOf(spec);
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
