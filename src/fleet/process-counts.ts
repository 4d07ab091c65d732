import type { FleetStatistics, SetAsideReason } from '../contract/fleet.ts';

interface Counts {
  readonly rounds: number;
  readonly late: number;
  readonly setAside: FleetStatistics['setAside'];
}

/** A merge thread counts since it began. These are the counts of all threads of the process, so that none falls. */
export class ProcessCounts {
  private ofEarlier: Counts = { rounds: 0, late: 0, setAside: {} };
  private latest = this.ofEarlier;

  /** What comes from now on is of another thread. */
  threadEnded(): void {
    this.ofEarlier = this.latest;
  }

  /** The statistics of the thread that runs, with the counts of the process. */
  addTo(statistics: FleetStatistics): FleetStatistics {
    const { ofEarlier } = this;
    const rounds = ofEarlier.rounds + statistics.round.rounds;
    const late = ofEarlier.late + statistics.round.late;
    const setAside: Partial<Record<SetAsideReason, number>> = { ...ofEarlier.setAside };
    for (const [reason, count] of Object.entries(statistics.setAside) as [SetAsideReason, number][]) {
      setAside[reason] = (setAside[reason] ?? 0) + count;
    }
    this.latest = { rounds, late, setAside };
    return { ...statistics, round: { ...statistics.round, rounds, late }, setAside };
  }
}
