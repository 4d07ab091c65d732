/** Of an event that says nothing else. */
const DEFAULT_OBJECTIVE = 0.99;

/** The SLA of an event as the pods of a round have it: the strictest threshold and objective. */
export class SlaTerms {
  threshold: number | null = null;
  objective = DEFAULT_OBJECTIVE;
  isMixed = false;
  isKnown = false;

  clear(): void {
    this.threshold = null;
    this.objective = DEFAULT_OBJECTIVE;
    this.isMixed = false;
    this.isKnown = false;
  }

  /** An objective without a threshold is nobody's: it stands only while nobody has one with. */
  add(threshold: number | null, objective: number, isMixed = false): void {
    const differs = threshold !== this.threshold || (threshold !== null && objective !== this.objective);
    this.isMixed ||= isMixed || (this.isKnown && differs);
    if (!this.isKnown || (this.threshold === null && threshold !== null)) {
      this.threshold = threshold;
      this.objective = objective;
    } else if (threshold !== null || this.threshold === null) {
      if (threshold !== null && this.threshold !== null) this.threshold = Math.min(threshold, this.threshold);
      this.objective = Math.max(objective, this.objective);
    }
    this.isKnown = true;
  }
}
