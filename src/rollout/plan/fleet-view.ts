import type { FleetStatistics, PodFigures, PodStatistics } from '../../contract/fleet.ts';
import type { RolloutStatus } from '../../contract/rollout.ts';

/** The pods of the moment as the rollout sees them. */
export interface FleetView {
  /** Of the look, by our own clock. */
  readonly at: number;
  readonly pods: readonly PodView[];
  /** Instances that more than one pod calls itself. */
  readonly duplicates: readonly string[];
}

export interface PodView {
  readonly id: string;
  readonly name: string;
  /** Of its last answer, however old; null when there was none that could be used. */
  readonly figures: PodFigures | null;
  readonly isControl: boolean;
  /** Whether the figures are of now. */
  readonly isCurrent: boolean;
  /** Enabled by the step's options, whether or not adaptive sampling lowered its rate. */
  readonly isMeasuring: boolean;
  /** Why it is not in step; null when it is. */
  readonly lag: string | null;
}

type Asked = Pick<RolloutStatus, 'generation' | 'samplingRate' | 'control'>;

/** Figures this much older, or of a clock this much ahead, are no word of what pods do now. */
const MAX_FLEET_AGE_MILLIS = 10_000;
/** Rates travel as doubles, and are the file's own number unless adaptive sampling lowered them. */
const RATE_TOLERANCE = 1e-6;

/** Null when nothing is known of the pods. */
export function fleetView(fleet: FleetStatistics | null, asked: Asked, now: number): FleetView | null {
  if (fleet === null || Math.abs(now - fleet.at) > MAX_FLEET_AGE_MILLIS) return null;
  const control = new Set(asked.control);
  const pods = fleet.pods.map((pod): PodView => {
    const figures = usable(pod.figures);
    const isControl = figures !== null && control.has(figures.instance);
    const isCurrent = pod.state === 'merged' && figures !== null;
    const lag = isCurrent ? lagOf(figures, asked, isControl) : `set aside: ${pod.reason ?? 'no figures yet'}`;
    const isMeasuring = isCurrent && figures.enabled && !isControl && figures.generation === asked.generation;
    return { id: pod.id, name: pod.name, figures, isControl, isCurrent, isMeasuring, lag };
  });
  return { at: now, pods, duplicates: duplicatesOf(pods) };
}

export function allInStep(view: FleetView | null): boolean {
  return view !== null && view.pods.length > 0 && view.pods.every(({ lag }) => lag === null);
}

function lagOf(figures: PodFigures, asked: Asked, isControl: boolean): string | null {
  if (figures.generation !== asked.generation) return `reports generation ${figures.generation}`;
  const isMeant = asked.samplingRate > 0 && !isControl;
  if (figures.enabled !== isMeant) return figures.enabled ? 'is still enabled' : 'is still disabled';
  if (!isMeant || Math.abs(figures.rate - asked.samplingRate) <= RATE_TOLERANCE) return null;
  return figures.rate < figures.targetRate
    ? `lowered its sampling rate to ${figures.rate} by itself`
    : `reports the sampling rate ${figures.rate}`;
}

/** Snapshots are checked before they get here; what is stored must still never hold what JSON cannot say. */
function usable(figures: PodStatistics['figures']): PodFigures | null {
  if (figures === null) return null;
  const numbers = [
    figures.at,
    figures.startedAt,
    figures.cpuSeconds,
    figures.offered,
    figures.loopDelaySeconds,
    figures.loopBeats,
    figures.overwritten,
    figures.recordOverheadRatio,
    figures.aggregateOverheadRatio,
  ];
  return numbers.every(Number.isFinite) ? figures : null;
}

function duplicatesOf(pods: readonly PodView[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { figures } of pods) {
    if (figures === null) continue;
    if (seen.has(figures.instance)) twice.add(figures.instance);
    seen.add(figures.instance);
  }
  return [...twice].sort();
}
