import type { Statistics } from '../contract/statistics.ts';
import { type Choices, readChoices, WINDOW_CHOICES, writeChoices } from './choices.ts';
import { ConnectionView } from './connection.ts';
import type { Contact } from './contact.ts';
import { byId } from './dom.ts';
import { EventCharts } from './event-charts.ts';
import { EventWindows } from './event-windows.ts';
import { EventsTable } from './events-table.ts';
import { FaultPanel } from './faults.ts';
import { HealthCards } from './health.ts';
import { HealthChart } from './health-chart.ts';
import { History } from './history.ts';
import { Poller } from './poll.ts';
import { SlaLog } from './sla-log.ts';
import { SlowestList } from './slowest.ts';
import { renderTiles } from './tiles.ts';
import { judge } from './verdict.ts';
import { showVerdict } from './verdict-view.ts';
import type { View } from './view.ts';

const TICK_MILLIS = 1000;

const history = new History();
const poller = new Poller({ onStatistics, onContact });
const connection = new ConnectionView(() => poller.tryNow());
const log = new SlaLog();
const faults = new FaultPanel();
const health = new HealthCards();
const parts = [
  new EventsTable((event) => choose({ event })),
  new EventCharts(),
  new EventWindows(),
  new SlowestList(),
  new HealthChart(),
];
let choices = readChoices(location.hash);
let stats: Statistics | undefined;
let hasContact = false;

wireSwitches();
window.addEventListener('hashchange', () => {
  choices = readChoices(location.hash);
  showChoices();
  renderParts();
});
window.setInterval(renderConnection, TICK_MILLIS);
poller.start();

function onStatistics(news: Statistics): void {
  const isNewService = !hasContact || news.startedAt !== stats?.startedAt;
  hasContact = true;
  stats = news;
  history.add(news);
  connection.setFigures(news.at);
  renderTiles(news);
  log.render(news);
  health.render(news);
  renderParts();
  renderConnection();
  void faults.refresh(isNewService);
}

function onContact(contact: Contact): void {
  if (contact.failure !== null) hasContact = false;
  connection.setContact(contact);
  renderConnection();
}

function renderConnection(): void {
  showVerdict(judge(stats), connection.render());
}

function renderParts(): void {
  if (stats === undefined) return;
  const event = stats.events.find(({ event: name }) => name === choices.event) ?? stats.events[0];
  const view: View = { stats, history, event, window: choices.window, scale: choices.scale };
  for (const part of parts) part.render(view);
}

function choose(change: Partial<Choices>): void {
  choices = { ...choices, ...change };
  window.history.replaceState(null, '', writeChoices(choices));
  renderParts();
}

function wireSwitches(): void {
  byId('windows').addEventListener('change', ({ target }) => {
    const value = target instanceof HTMLInputElement ? target.value : '';
    const window = WINDOW_CHOICES.find((choice) => choice === value);
    if (window !== undefined) choose({ window });
  });
  byId('scale').addEventListener('change', ({ target }) => {
    const isLinear = target instanceof HTMLInputElement && target.value === 'linear';
    choose({ scale: isLinear ? 'linear' : 'log' });
  });
  showChoices();
}

function showChoices(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('#windows input, #scale input')) {
    input.checked = input.value === (input.name === 'window' ? choices.window : choices.scale);
  }
}
