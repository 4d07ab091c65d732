import { DURATION_UNIT } from '../contract/events.ts';
import type { Sample } from '../contract/families.ts';
import type { EventStatistics } from '../contract/statistics.ts';
import type { RingView } from '../state/ring-view.ts';

/** A label must not grow without bound: symbols with a greater id in their thread's ring share the value `other`. */
const NAMED_SYMBOLS = 256;
const OTHER = 'other';

/** The slowest duration of each event and symbol, of those that are kept; events without a symbol are left out. */
export function slowestSymbolSamples(
  events: readonly EventStatistics[],
  rings: Iterable<RingView>,
): Sample[] {
  const named = namedSymbols(rings);
  return events
    .filter(({ unit }) => unit === DURATION_UNIT)
    .flatMap(({ event, slowest }) => {
      const greatest = new Map<string, number>();
      for (const { symbol, value } of slowest) {
        if (symbol === null) continue;
        const label = named.has(symbol) ? symbol : OTHER;
        greatest.set(label, Math.max(value, greatest.get(label) ?? 0));
      }
      return [...greatest].map(([symbol, value]) => ({ labels: [event, symbol], value }));
    });
}

function namedSymbols(rings: Iterable<RingView>): Set<string> {
  const names = new Set<string>();
  for (const { symbols } of rings) {
    for (const [id, name] of symbols) if (id <= NAMED_SYMBOLS) names.add(name);
  }
  return names;
}
