import { thrownText } from '../contract/errors.ts';
import { type Check, type Finding, fault, ok } from './check.ts';
import { type DashboardQuery, dashboardQueries } from './dashboard-queries.ts';
import { readFiles, type TextFile } from './files.ts';
import type { HttpServer } from './http.ts';

const WORKERS = 4;
const RANGE_SECONDS = 300;
const STEP_SECONDS = 15;

/** `refused`: what Prometheus objected. */
type Outcome = { readonly kind: 'data' | 'empty' } | { readonly kind: 'refused'; readonly why: string };

interface Asked {
  readonly query: DashboardQuery;
  outcome: Outcome;
}

/** Every query of the dashboards parses and returns data. */
export class DashboardCheck implements Check {
  readonly name = 'dashboards';
  private readonly prometheus: HttpServer;
  private readonly allowEmpty: boolean;
  private readonly asked: readonly Asked[];

  private constructor(prometheus: HttpServer, queries: readonly DashboardQuery[], allowEmpty: boolean) {
    this.prometheus = prometheus;
    this.allowEmpty = allowEmpty;
    this.asked = queries.map((query) => ({ query, outcome: { kind: 'empty' } }));
  }

  /**
   * @param allowEmpty nothing is being measured yet: only what Prometheus refuses is a fault.
   * @throws Error with a sentence when a dashboard cannot be read.
   */
  static async create(
    prometheus: HttpServer,
    directories: readonly string[],
    allowEmpty: boolean,
  ): Promise<DashboardCheck> {
    const files = await readFiles(directories, ['.json']);
    return new DashboardCheck(prometheus, files.flatMap(queriesOf), allowEmpty);
  }

  async look(signal: AbortSignal): Promise<Finding> {
    const queue = this.asked.filter(({ outcome }) => outcome.kind !== 'data');
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift())
        one.outcome = await this.ask(one.query, signal);
    };
    // The first that gets no answer ends the look.
    const giveUp = (): void => void queue.splice(0);
    await Promise.all(Array.from({ length: WORKERS }, () => work().finally(giveUp)));
    return this.finding();
  }

  private finding(): Finding {
    const { asked } = this;
    const isFault = ({ query, outcome }: Asked): boolean =>
      outcome.kind === 'refused' || (outcome.kind === 'empty' && !query.mayBeEmpty && !this.allowEmpty);
    const faults = asked.filter(isFault);
    const empty = asked.filter(({ outcome }) => outcome.kind === 'empty');
    const count = `${asked.length} queries`;
    if (faults.length > 0)
      return fault(`${faults.length} of ${count} are refused or return nothing`, faults.map(sentenceOf));
    if (empty.length === 0) return ok(`${count} return data`);
    const isAllowed = empty.some(({ query }) => !query.mayBeEmpty);
    const why = isAllowed ? '--allow-empty' : 'and may be: annotations, and panels that say what it means';
    return ok(
      `${count} parse, ${asked.length - empty.length} return data; ${empty.length} are empty (${why})`,
    );
  }

  private async ask(query: DashboardQuery, signal: AbortSignal): Promise<Outcome> {
    const { status, text } = await this.prometheus.ask(pathOf(query), signal);
    const answer = parsed(text);
    if (answer.status === 'error') return { kind: 'refused', why: String(answer.error) };
    if (answer.status !== 'success') throw new Error(`${this.prometheus.title} answers with HTTP ${status}`);
    if (query.undeclared.length > 0)
      return { kind: 'refused', why: `the dashboard has no variable ${query.undeclared.join(', ')}` };
    return { kind: hasData(answer.data) ? 'data' : 'empty' };
  }
}

function queriesOf({ path, text }: TextFile): DashboardQuery[] {
  try {
    return dashboardQueries(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path}: ${thrownText(error)}`);
  }
}

function pathOf({ expression, isRange }: DashboardQuery): string {
  if (!isRange) return `/api/v1/query?${new URLSearchParams({ query: expression })}`;
  const end = Date.now() / 1000;
  const range = { start: String(end - RANGE_SECONDS), end: String(end), step: String(STEP_SECONDS) };
  return `/api/v1/query_range?${new URLSearchParams({ query: expression, ...range })}`;
}

interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: unknown;
}

function parsed(text: string): Answer {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

type Sample = readonly [time: number, value: string];

interface Series {
  readonly value?: Sample;
  readonly values?: readonly Sample[];
  readonly histogram?: unknown;
  readonly histograms?: unknown;
}

/** A panel draws nothing of NaN, so that is no data. */
function hasData(data: unknown): boolean {
  const { resultType, result } = data as { resultType: string; result: unknown };
  if (resultType === 'scalar') return isDrawn(result as Sample);
  return (result as readonly Series[]).some(
    ({ value, values = [], histogram, histograms }) =>
      histogram !== undefined ||
      histograms !== undefined ||
      (value === undefined ? values : [value]).some(isDrawn),
  );
}

function isDrawn([, value]: Sample): boolean {
  return value !== 'NaN';
}

function sentenceOf({ query, outcome }: Asked): string {
  const { dashboard, panel, kind, expression } = query;
  const where = `${kind} "${panel}" of "${dashboard}"`;
  return outcome.kind === 'refused'
    ? `${where} is refused: ${outcome.why}; correct the query: ${expression}`
    : `${where} is empty: see that what it shows is being scraped: ${expression}`;
}
