import { MergedEvent } from './merged-event.ts';

/** The events of one service, merged over its pods; `''` is all services together. */
export class MergedService {
  readonly service: string;
  readonly events = new Map<string, MergedEvent>();
  /** Records since start. */
  recorded = 0;
  overwritten = 0;
  /** Pods merged in the last round. */
  pods = 0;
  private readonly overall: MergedService | null;

  constructor(service: string, overall: MergedService | null) {
    this.service = service;
    this.overall = overall;
  }

  addRecords(recorded: number, overwritten: number): void {
    this.recorded += recorded;
    this.overwritten += overwritten;
    this.overall?.addRecords(recorded, overwritten);
  }

  /** The event of that name: made when it is new. Its unit must have been looked at. */
  event(name: string, unit: string): MergedEvent {
    let event = this.events.get(name);
    if (event === undefined) {
      const overall = this.overall?.event(name, unit) ?? null;
      event = new MergedEvent(name, unit, overall?.unit === unit ? overall : null);
      this.events.set(name, event);
    }
    return event;
  }
}
