import { sendCandle } from './candles.js';
import { sla as options, SLA_RATE } from './options.js';

export { options };

export default function () {
  sendCandle(SLA_RATE);
}
