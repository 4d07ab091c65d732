import type { Figure } from './spread.ts';

export type Cell = Figure | number | string | null;

export interface Column {
  readonly key: string;
  readonly label: string;
  /** Digits behind the point. */
  readonly digits?: number;
}

/** A goal of the design, and whether this run met it. Printed, never enforced. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface Topic {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly goals: readonly Goal[];
  /** How it was measured: what a reader needs to believe the figures, or to doubt them. */
  readonly notes: readonly string[];
}

export function figureText({ median, low, high }: Figure, digits = 1): string {
  return `${numberText(median, digits)} (${numberText(low, digits)}–${numberText(high, digits)})`;
}

export function renderTopic({ title, columns, rows, goals, notes }: Topic): string {
  const header = columns.map(({ label }) => label);
  const lines = rows.map((row) => columns.map(({ key, digits }) => cellText(row[key] ?? null, digits)));
  return [
    `\n${title}`,
    ...aligned([header, ...lines]).map((line) => `  ${line}`),
    ...goals.map((goal) => `  ${goalText(goal)}`),
    ...notes.map((note) => `  · ${note}`),
  ].join('\n');
}

export function renderGoals(goals: readonly Goal[]): string {
  const rows = goals.map(({ what, goal, measured, isMet }) => [
    what,
    goal,
    measured,
    isMet ? 'met' : 'MISSED',
  ]);
  const lines = aligned([['goal', 'asked', 'measured', ''], ...rows], [0, 1, 2, 3]);
  return ['\nGoals (printed, never enforced)', ...lines.map((line) => `  ${line}`)].join('\n');
}

function goalText({ what, goal, measured, isMet }: Goal): string {
  return `${isMet ? '✓ met' : '✗ MISSED'}  ${what}: ${goal}; measured ${measured}`;
}

function aligned(lines: readonly string[][], leftColumns: readonly number[] = [0]): string[] {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        leftColumns.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}

function cellText(cell: Cell, digits = 1): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  return typeof cell === 'number' ? numberText(cell, digits) : figureText(cell, digits);
}

function numberText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  // Nothing is not less than nothing.
  const shown = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;
  return shown.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
