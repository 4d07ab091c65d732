import { byId, element, KeyedChildren, setText } from './dom.ts';

/** What `/faults` answers; only a demo has it. */
interface FaultState {
  readonly faults: Readonly<Record<string, number>>;
  readonly events: readonly string[];
}

const RANGE_MILLIS = 200;
const MAX_MILLIS = 10_000;
const REFRESH_MILLIS = 5000;
const TIMEOUT_MILLIS = 4000;

/** Slows events of the demo down. Hidden where the service has no `/faults`. */
export class FaultPanel {
  private readonly panel = byId('faults');
  private readonly error = byId('faults-error');
  private readonly rows: KeyedChildren<FaultRow>;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    this.rows = new KeyedChildren(
      byId('faults-list'),
      (event) => new FaultRow(event, (delayMillis) => this.change(post(event, delayMillis))),
    );
    byId('faults-clear').addEventListener('click', () => this.change({ method: 'DELETE' }));
  }

  /** Looks once whether there are faults, and then now and then: they can be set from elsewhere, too. */
  async refresh(isNewService: boolean): Promise<void> {
    const now = performance.now();
    const isDue = !this.panel.hidden && now - this.askedAt >= REFRESH_MILLIS;
    if (!isNewService && !isDue) return;
    this.askedAt = now;
    try {
      const response = await send({ method: 'GET' });
      if (response.status === 200) this.show(await response.json());
      else this.panel.hidden = true;
    } catch {
      // That the service is away is said elsewhere, and the panel stays as it is.
    }
  }

  private async change(request: RequestInit): Promise<void> {
    try {
      const response = await send(request);
      const body: unknown = await response.json();
      if (response.ok) this.show(body);
      setText(this.error, response.ok ? '' : `Refused (${response.status}): ${errorOf(body)}`);
    } catch {
      setText(this.error, 'The service cannot be reached; nothing was changed.');
    }
  }

  private show(body: unknown): void {
    if (!isFaultState(body)) return;
    this.panel.hidden = false;
    this.rows.update(body.events, (row, i) => row.render(body.faults[body.events[i] ?? ''] ?? 0));
  }
}

class FaultRow {
  readonly root: HTMLFormElement;
  private readonly range = input('range', RANGE_MILLIS, '1');
  private readonly number = input('number', MAX_MILLIS, 'any');
  private readonly state = element('output', { class: 'in-force' });
  private readonly clear = element('button', { type: 'button' }, 'Clear');
  private inForce: number | undefined;

  constructor(event: string, set: (delayMillis: number) => void) {
    const range = element('label', {}, element('span', {}, event), this.range);
    this.number.setAttribute('aria-label', `Delay of ${event} in milliseconds`);
    const submit = element('button', { type: 'submit', 'aria-label': `Set the delay of ${event}` }, 'Set');
    this.clear.setAttribute('aria-label', `Clear the delay of ${event}`);
    this.root = element('form', { class: 'fault', 'data-event': event }, range);
    this.root.append(
      element('span', { class: 'amount' }, this.number, ' ms'),
      submit,
      this.clear,
      this.state,
    );
    this.range.addEventListener('input', () => {
      this.number.value = this.range.value;
    });
    this.number.addEventListener('input', () => {
      this.range.value = this.number.value;
    });
    this.root.addEventListener('submit', (submission) => {
      submission.preventDefault();
      set(this.number.valueAsNumber);
    });
    this.clear.addEventListener('click', () => {
      this.inForce = undefined;
      set(0);
    });
  }

  /** Takes the inputs along when the delay in force has changed, and leaves alone what is being typed otherwise. */
  render(delayMillis: number): void {
    setText(this.state, delayMillis > 0 ? `slowed by ${delayMillis} ms` : 'not slowed');
    this.state.classList.toggle('over', delayMillis > 0);
    if (delayMillis === this.inForce) return;
    this.inForce = delayMillis;
    this.number.value = String(delayMillis);
    this.range.value = String(delayMillis);
  }
}

function input(type: string, max: number, step: string): HTMLInputElement {
  return element('input', { type, min: '0', max: String(max), step, value: '0', required: '' });
}

function post(event: string, delayMillis: number): RequestInit {
  const body = JSON.stringify({ event, delay_ms: delayMillis });
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

function send(request: RequestInit): Promise<Response> {
  return fetch('faults', { ...request, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
}

function errorOf(body: unknown): string {
  const hasError = typeof body === 'object' && body !== null && 'error' in body;
  return hasError ? String(body.error) : 'no reason given';
}

function isFaultState(body: unknown): body is FaultState {
  if (typeof body !== 'object' || body === null || !('faults' in body) || !('events' in body)) return false;
  return typeof body.faults === 'object' && body.faults !== null && Array.isArray(body.events);
}
