import { beforeEach, describe, expect, it } from 'vitest';
import { FAULT_EVENTS, Faults } from '../../src/demo/faults.ts';
import { type FaultsRequest, handleFaults } from '../../src/demo/faults-route.ts';

const NONE = Object.fromEntries(FAULT_EVENTS.map((event) => [event, 0]));

describe('/faults', () => {
  let faults: Faults;
  beforeEach(() => {
    faults = new Faults();
  });

  const send = (
    method: string,
    body = '',
    headers: FaultsRequest['headers'] = { 'content-type': 'application/json' },
  ) => {
    const { status, body: text } = handleFaults(faults, { method, headers, body });
    return { status, answer: JSON.parse(text) as Record<string, unknown> };
  };

  it('GET lists every event that can be slowed, with its delay', () => {
    expect(send('GET')).toEqual({ status: 200, answer: { faults: NONE, events: [...FAULT_EVENTS] } });
  });

  it('POST sets a delay, 0 clears it, DELETE clears all', () => {
    const slowed = send('POST', '{"event":"signal_generation","delay_ms":30}', {
      'content-type': 'application/json; charset=utf-8',
    });
    expect(slowed).toMatchObject({ status: 200, answer: { faults: { ...NONE, signal_generation: 30 } } });
    send('POST', '{"event":"event_bus_handle","delay_ms":0.5}');
    expect(faults.list()).toEqual({ ...NONE, signal_generation: 30, event_bus_handle: 0.5 });
    send('POST', '{"event":"signal_generation","delay_ms":0}');
    expect(faults.list()).toEqual({ ...NONE, event_bus_handle: 0.5 });
    expect(send('DELETE')).toMatchObject({ status: 200, answer: { faults: NONE } });
  });

  it.each([
    ['an unknown event', '{"event":"coffee","delay_ms":30}'],
    ["a name of Object's", '{"event":"constructor","delay_ms":30}'],
    ['no event', '{"delay_ms":30}'],
    ['no delay', '{"event":"signal_generation"}'],
    ['a negative delay', '{"event":"signal_generation","delay_ms":-1}'],
    ['a delay that is too long', '{"event":"signal_generation","delay_ms":10001}'],
    ['a delay in words', '{"event":"signal_generation","delay_ms":"30"}'],
    ['no number', '{"event":"signal_generation","delay_ms":1e999}'],
    ['no JSON', 'delay_ms=30'],
    ['no body', ''],
    ['null', 'null'],
    ['an array', '[1]'],
    ['too much', `{"event":"signal_generation","delay_ms":30,"pad":"${'x'.repeat(1024)}"}`],
  ])('POST refuses %s, says what is allowed and changes nothing', (_, body) => {
    const { status, answer } = send('POST', body);
    expect(status).toBe(400);
    expect(answer.error).toMatch(/"signal_generation" \|.*"delay_ms": 0 to 10000/);
    expect(faults.list()).toEqual(NONE);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', '', undefined])(
    'POST refuses the content type %s',
    (type) => {
      expect(
        send('POST', '{"event":"signal_generation","delay_ms":30}', { 'content-type': type }).status,
      ).toBe(415);
      expect(faults.list()).toEqual(NONE);
    },
  );

  it('refuses other methods', () => {
    expect(send('PUT').status).toBe(405);
  });
});

describe('Faults', () => {
  it('burns only for the event that is slowed', () => {
    const faults = new Faults();
    let work = 0;
    const step = (): number => work++;
    faults.set('signal_generation', 2);
    faults.burn('event_bus_publish', step);
    expect(work).toBe(0);
    faults.burn('signal_generation', step);
    expect(work).toBeGreaterThan(0);
  });

  it('lets what waits go on as soon as the delays are cleared', async () => {
    const faults = new Faults();
    faults.set('order_execution', 10_000_000);
    const waiting = Promise.all(Array.from({ length: 20 }, () => faults.wait('order_execution')));
    faults.clear();
    await waiting;
    await faults.wait('order_execution');
  });
});
