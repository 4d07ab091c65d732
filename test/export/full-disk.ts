/** `node full-disk.ts DIRECTORY`, where 4 KiB is the most that can be written: two dumps that are too large, then one that is not. */
import { readdirSync } from 'node:fs';
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
console.log(JSON.stringify({ written, codes, files: readdirSync(process.argv[2] ?? '') }));
