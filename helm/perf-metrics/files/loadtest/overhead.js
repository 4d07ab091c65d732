import { sendCandle } from './candles.js';
import { overhead as options, RATE } from './options.js';

export { options };

export default function () {
  sendCandle(RATE);
}
