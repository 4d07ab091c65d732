// Ends when the service answers, for what starts k6 together with it: k6's exit code is 108 when it does not.
import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { TARGET } from './options.js';

const SECONDS = 120;

export default function () {
  const end = Date.now() + SECONDS * 1e3;
  while (Date.now() < end) {
    const { status } = http.get(`${TARGET}/`, { timeout: '2s' });
    // What is not there is an answer; a gateway that finds nobody behind it is none.
    if (status > 0 && status < 500) return;
    sleep(1);
  }
  exec.test.abort(`${TARGET} did not answer within ${SECONDS} s`);
}
