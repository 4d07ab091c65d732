import { Counter } from 'k6/metrics';
import { sendCandle } from './candles.js';
import { stress as options } from './options.js';

export { options };

const answered = new Counter('answered');
const refused = new Counter('refused');

export default function () {
  const status = sendCandle();
  if (status === 200) answered.add(1);
  if (status === 503) refused.add(1);
}
