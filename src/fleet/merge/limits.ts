import { MAX_EVENTS } from '../../contract/record.ts';

/** Kept apart at most, whatever the pods send. What is beyond is set aside (`too_many_events`) or folded early. */
export const MAX_SERVICES = 256;
/** (service, event) pairs in all. */
export const MAX_PAIRS = 2048;
/** Of those, brought by one target over all of its runs: what one process may have, so that none takes all there are. */
export const MAX_PAIRS_OF_TARGET = MAX_EVENTS;

/** More runs of one target than this within a minute are no restarts. */
export const MAX_NEW_RUNS_PER_MINUTE = 5;
export const MINUTE_MILLIS = 60_000;

/** A run that is gone is kept whole for this long, so that it may come back. */
export const DEPARTED_MILLIS = 600_000;
export const MAX_DEPARTED_RUNS = 2000;
/** Of them, of one target: a process that restarts in its place does not come back. */
export const MAX_DEPARTED_RUNS_OF_TARGET = 4;
/** Of their digests and histograms. 500 pods with 7 events take some 50 MB. */
export const MAX_DEPARTED_BYTES = 128 * 1024 * 1024;

/** Runs that were folded, of which only the counts are kept; and the events of all of them. */
export const MAX_FOLDED_RUNS = 10_000;
export const MAX_FOLDED_EVENTS = 100_000;
export const MAX_FOLDED_RUNS_OF_TARGET = 50;

/** A snapshot that does not move for this long is of a worker thread that commits no more. */
export const STALE_MILLIS = 3000;

export const MAX_SLA_CHANGES = 50;
