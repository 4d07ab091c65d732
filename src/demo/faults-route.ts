import { FAULT_EVENTS, type FaultEvent, type Faults, MAX_FAULT_MILLIS } from './faults.ts';

export interface FaultsRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface FaultsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const MAX_BODY_BYTES = 1024;
const ALLOWED = `Send {"event": ${FAULT_EVENTS.map((event) => `"${event}"`).join(' | ')}, "delay_ms": 0 to ${MAX_FAULT_MILLIS}}; 0 clears it.`;

/**
 * The demo's `/faults`: GET lists the delays, POST sets one, DELETE clears all. POST takes only `application/json`: a
 * page of another origin cannot send that without the browser asking first, and the answer is no.
 */
export function handleFaults(faults: Faults, request: FaultsRequest): FaultsResponse {
  switch (request.method) {
    case 'HEAD':
    case 'GET':
      break;
    case 'DELETE':
      faults.clear();
      break;
    case 'POST': {
      const refusal = set(faults, request);
      if (refusal !== undefined) return refusal;
      break;
    }
    default:
      return refuse(405, `${request.method} is not allowed here: use GET, POST or DELETE.`);
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults: faults.list(), events: FAULT_EVENTS }),
  };
}

function set(faults: Faults, { headers, body }: FaultsRequest): FaultsResponse | undefined {
  if (!isJson(headers['content-type'])) return refuse(415, 'Send the header content-type: application/json.');
  if (Buffer.byteLength(body) > MAX_BODY_BYTES)
    return refuse(400, `The body is over ${MAX_BODY_BYTES} bytes. ${ALLOWED}`);
  let wish: unknown;
  try {
    wish = JSON.parse(body);
  } catch {
    return refuse(400, `The body is no JSON. ${ALLOWED}`);
  }
  if (typeof wish !== 'object' || wish === null) return refuse(400, `The body is no JSON object. ${ALLOWED}`);
  const { event, delay_ms: delayMillis } = wish as Record<string, unknown>;
  if (!isFaultEvent(event)) return refuse(400, `"event" is none that can be slowed. ${ALLOWED}`);
  if (typeof delayMillis !== 'number' || !(delayMillis >= 0 && delayMillis <= MAX_FAULT_MILLIS)) {
    return refuse(400, `"delay_ms" is no number from 0 to ${MAX_FAULT_MILLIS}. ${ALLOWED}`);
  }
  faults.set(event, delayMillis);
  return undefined;
}

function isFaultEvent(value: unknown): value is FaultEvent {
  return FAULT_EVENTS.some((event) => event === value);
}

/** Whether a content-type header says JSON; parameters such as charset are allowed. */
export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

function refuse(status: number, error: string): FaultsResponse {
  return { status, body: JSON.stringify({ error }) };
}
