import { thrownText } from '../contract/errors.ts';
import type { QueryGateSpec } from '../contract/rollout.ts';
import { filledQuery, type QueryAnswer, type QueryScope } from './plan/query-answer.ts';
import { queryPrometheus } from './prometheus-query.ts';

export const QUERY_MILLIS = 15_000;

interface Run {
  readonly spec: QueryGateSpec;
  /** Since when every pod is in the step that it is about. */
  readonly heldSince: number;
  /** Null while the first answer is awaited. */
  answer: QueryAnswer | null;
  dueAt: number;
  isAsking: boolean;
}

/** Asks the spec's queries in turn, beside the ticks: a Prometheus that hangs delays no decision of other gates. */
export class QueryRunner {
  private readonly everyMillis: number;
  private runs = new Map<string, Run>();

  constructor(everyMillis = QUERY_MILLIS) {
    this.everyMillis = everyMillis;
  }

  /**
   * Asks those that are due. An answer to another query, or of another step, is forgotten; before every pod is in step
   * (`heldSince` null) there is nothing to ask about.
   */
  ask(queries: readonly QueryGateSpec[], scope: QueryScope, heldSince: number | null): void {
    const asked = heldSince === null ? [] : queries.map((spec) => this.kept(spec, heldSince));
    this.runs = new Map(asked.map((run) => [run.spec.name, run]));
    for (const run of this.runs.values()) {
      const isDue = scope.now >= run.dueAt || run.dueAt - scope.now > this.everyMillis;
      if (isDue && !run.isAsking) void this.run(run, scope);
    }
  }

  /** The latest of each. */
  answers(): QueryAnswer[] {
    return [...this.runs.values()].flatMap(({ answer }) => answer ?? []);
  }

  private kept(spec: QueryGateSpec, heldSince: number): Run {
    const run = this.runs.get(spec.name);
    const isSame =
      run?.spec.query === spec.query &&
      run.spec.prometheus === spec.prometheus &&
      run.heldSince === heldSince;
    return isSame ? run : { spec, heldSince, answer: null, dueAt: 0, isAsking: false };
  }

  private async run(run: Run, scope: QueryScope): Promise<void> {
    const { name, prometheus, query } = run.spec;
    const at = scope.now;
    run.isAsking = true;
    run.dueAt = at + this.everyMillis;
    try {
      const value = await queryPrometheus(prometheus, filledQuery(query, scope));
      run.answer = { name, at, value, error: null };
    } catch (error) {
      run.answer = { name, at, value: null, error: thrownText(error) };
    }
    run.isAsking = false;
  }
}
