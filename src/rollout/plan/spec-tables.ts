import type { OptionSpec } from '../../contract/option-table.ts';
import { DURATION, DURATION_TEXT } from './durations.ts';

const duration = { type: 'string', matches: { pattern: DURATION, text: DURATION_TEXT } } as const;

/**
 * The keys of a spec file by the mapping they stand in: parsing, errors and the README's table derive from it. `steps` and
 * `gates.queries` are lists of such mappings, whose keys are all required.
 */
export const SPEC_TABLES = {
  '': {
    enabled: {
      type: 'boolean',
      default: true,
      text: 'Master switch. Off: every pod is disabled; on again: the rollout goes on at the step where it was.',
    },
  },
  baseline: {
    hold: {
      ...duration,
      default: '10m',
      text: 'How long every pod stays disabled before the first step, so that each has figures of its own to compare with.',
    },
  },
  steps: {
    samplingRate: {
      type: 'number',
      default: 1,
      min: 0.01,
      max: 1,
      text: 'Share of events that pods measure at this step. Rates rise from step to step.',
    },
    hold: { ...duration, default: '1d', text: 'How long every pod must have held the step before the next.' },
  },
  control: {
    ratio: {
      type: 'number',
      default: 0.1,
      min: 0,
      max: 0.5,
      text: 'Share of the pods that stay disabled, for comparison. 0: none, and no cohort gates.',
    },
    minPods: {
      type: 'integer',
      default: 3,
      min: 2,
      max: 1000,
      text: 'At least so many pods stay disabled, while more measure.',
    },
  },
  gates: {
    maxOverheadRatio: {
      type: 'number',
      default: 0.01,
      min: 0.0001,
      max: 1,
      text: "The library's own measured cost (record and aggregate), of one core, that any pod stays below.",
    },
    maxCpuIncreaseRatio: {
      type: 'number',
      default: 0.01,
      min: 0.0001,
      max: 100,
      text: 'Increase of CPU time per event over the control cohort: 0.01 is 1 %.',
    },
    maxLoopDelayIncrease: {
      ...duration,
      default: '1ms',
      text: "Increase of the event loop's mean delay over the control cohort.",
    },
    confidence: {
      type: 'number',
      default: 0.95,
      min: 0.5,
      max: 0.999,
      text: 'Of the intervals by which measured pods are compared with the control cohort, and steps with one another.',
    },
    maxRecordsLost: {
      type: 'integer',
      default: 0,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      text: 'Records overwritten before they were aggregated, of all pods together, during a step.',
    },
    maxComplianceDrop: {
      type: 'number',
      default: 0.001,
      min: 0,
      max: 1,
      text: "Fall of any event's SLA compliance against the step before.",
    },
    maxErrorIncrease: {
      type: 'number',
      default: 0.001,
      min: 0,
      max: 1,
      text: "Rise of any event's error ratio against the step before.",
    },
  },
  'gates.queries': {
    name: {
      type: 'string',
      default: 'clients',
      matches: { pattern: /^[a-z][a-z0-9_]{0,39}$/, text: 'up to 40 small letters, digits and underscores' },
      text: 'The gate is called `query_` and this.',
    },
    prometheus: {
      type: 'string',
      default: 'http://prometheus:9090',
      matches: { pattern: /^https?:\/\/[^\s/@]+(\/\S*)?$/, text: 'a URL such as http://prometheus:9090' },
      text: 'Base URL of the Prometheus that is asked.',
    },
    query: {
      type: 'string',
      default: 'up',
      matches: { pattern: /^[\s\S]{1,4000}$/, text: 'PromQL of at most 4,000 characters' },
      text: 'PromQL of one number. `$step`: time since the step began; `$measured`, `$control`: regular expressions of instances.',
    },
    max: {
      type: 'number',
      default: 0,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
      text: 'Beyond this answer the gate fails.',
    },
  },
  limits: {
    acknowledge: {
      ...duration,
      default: '2m',
      text: 'How long pods may take to report a step before the rollout is called stuck.',
    },
    noData: {
      ...duration,
      default: '10m',
      text: 'How long a gate may have no data before the rollout is called stuck.',
    },
    minEvents: {
      type: 'integer',
      default: 1000,
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      text: 'Events of a cohort or a step below which they are not compared.',
    },
    queryRetries: {
      type: 'integer',
      default: 3,
      min: 1,
      max: 100,
      text: 'Consecutive errors of a query before the rollout is called stuck. It waits from the first.',
    },
  },
} as const satisfies Record<string, Readonly<Record<string, OptionSpec>>>;

export const MAX_STEPS = 20;
export const MAX_QUERIES = 20;
/** Of a step's hold, in seconds. */
export const MAX_HOLD_SECONDS = 365 * 86_400;
