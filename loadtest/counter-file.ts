import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** When k6 raised each of these counters by one, in milliseconds since 1970, of the CSV that it left compressed. */
export async function readCounters<Name extends string>(
  path: string,
  names: readonly Name[],
): Promise<Record<Name, readonly number[]>> {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const input = createReadStream(path);
  const text = createGunzip();
  input.on('error', (error) => text.destroy(error)).pipe(text);
  for await (const line of createInterface({ input: text })) {
    // metric_name,timestamp,metric_value,...
    const [metric = '', micros] = line.split(',', 2);
    times.get(metric)?.push(Number(micros) / 1e3);
  }
  return Object.fromEntries(times) as Record<Name, number[]>;
}
