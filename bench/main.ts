import { measureEventCost } from './event-cost.ts';
import { renderTopic } from './table.ts';
console.log(renderTopic(await measureEventCost(true)));
