/**
 * `node count-tests.mjs REPORT`: prints "PASSED FAILED" of vitest's JSON report. A test that was skipped, and a file that
 * could not be loaded, count as failed. Plain JavaScript, since any Node.js runs it.
 */
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
const passed = tests.filter(({ status }) => status === 'passed').length;
const unloaded = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
console.log(passed, tests.length - passed + unloaded);
