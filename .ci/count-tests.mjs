/**
 * `node count-tests.mjs REPORT`: prints "PASSED FAILED" of vitest's JSON report, and the names of those that failed with
 * their first sentence on stderr. A test that was skipped, and a file that could not be loaded, count as failed. Plain JavaScript, since any Node.js runs it.
 */
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
for (const { fullName, status, failureMessages } of tests) {
  if (status !== 'passed')
    console.error(`${status}: ${fullName}: ${(failureMessages?.[0] ?? '').slice(0, 2000)}`);
}
const passed = tests.filter(({ status }) => status === 'passed').length;
const unloaded = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
for (const { name, message } of unloaded) console.error(`failed: ${name}: ${message}`);
console.log(passed, tests.length - passed + unloaded.length);
