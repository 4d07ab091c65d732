import { sendCandle } from './candles.js';
import { rollout as options, RATE } from './options.js';

export { options };

export default function () {
  sendCandle(RATE);
}
