import { type AccuracyRow, runAccuracy } from '../accuracy.ts';
import { answer, input } from './channel.ts';

export interface AccuracyInput {
  readonly durations: readonly number[];
  readonly samples: number;
  readonly seeds: number;
}

const { durations, samples, seeds } = input<AccuracyInput>();
const rows: AccuracyRow[] = runAccuracy(Float64Array.from(durations), samples, seeds);
await answer(rows);
