/** `node full-disk.ts DIRECTORY`, under a limit of 4 KiB a file: two dumps that are too large, then one that is not. */
import { DumpWriter } from '../../src/export/dumps.ts';
import { readStatistics } from '../../src/state/statistics.ts';
import { busyPicture } from './picture.ts';

const statistics = readStatistics(busyPicture().source);
const small = { ...statistics, events: [] };
const codes: string[] = [];
let isLarge = true;
const writer = new DumpWriter({
  directory: process.argv[2] ?? '',
  warn: (code) => void codes.push(code),
  read: () => (isLarge ? statistics : small),
  options: () => ({
    exportEnabled: true,
    dumpIntervalSeconds: 60,
    dumpRetentionDays: 30,
    dumpMaxMebibytes: 512,
  }),
});

const written = [await writer.write(), await writer.write()];
isLarge = false;
written.push(await writer.write());
console.log(JSON.stringify({ written, codes }));
