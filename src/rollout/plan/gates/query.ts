import type { QueryGateSpec } from '../../../contract/rollout.ts';
import { type Case, type Judgement, noData } from './gate.ts';

/** Only answers of this step count, from when every pod had it: what was asked before tells of the step before. */
export function queryGate({ name, max }: QueryGateSpec, judged: Case): Judgement {
  const { answers, evidence, status, spec, now } = judged;
  const gate = `query_${name}` as const;
  const answer = answers.find((candidate) => candidate.name === name);
  if (status.heldSince === null) return noData(gate, max, 'not asked before every pod is in step');
  if (answer === undefined || answer.at < status.heldSince) {
    return noData(gate, max, 'not answered yet in this step');
  }
  if (answer.error !== null) {
    const times = evidence.queries.find((query) => query.name === name)?.consecutive ?? 1;
    const text = `failed ${times === 1 ? 'once' : `${times} times`} in a row: ${answer.error}`;
    return { gate, verdict: 'error', figure: null, limit: max, interval: null, text };
  }
  if (now - answer.at > spec.limits.noDataSeconds * 1000) {
    return noData(gate, max, 'the last answer is too old');
  }
  const { value } = answer;
  if (value === null || Number.isNaN(value)) return noData(gate, max, 'the query found no number');
  const verdict = value > max ? 'fail' : 'pass';
  const text = `the query answers ${value}; the limit is ${max}`;
  return { gate, verdict, figure: value, limit: max, interval: null, text };
}
