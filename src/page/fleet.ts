import type { FleetHistory } from '../contract/fleet.ts';
import { ConnectionView } from './connection.ts';
import type { Contact } from './contact.ts';
import { byId } from './dom.ts';
import { Announcer } from './fleet/announcer.ts';
import { FleetCharts } from './fleet/charts.ts';
import { chosenOf, type FleetChoices, readFleetChoices, writeFleetChoices } from './fleet/choices.ts';
import { Chooser } from './fleet/chooser.ts';
import type { FleetNews } from './fleet/news.ts';
import { FleetPast } from './fleet/past.ts';
import { PodsTable } from './fleet/pods-table.ts';
import { RolloutPanel } from './fleet/rollout.ts';
import { FleetSlaLog } from './fleet/sla-log.ts';
import { SlaTable } from './fleet/sla-table.ts';
import { NewsStream } from './fleet/stream.ts';
import { renderFleetTiles } from './fleet/tiles.ts';
import { judge } from './fleet/verdict.ts';
import { showVerdict } from './verdict-view.ts';

const TICK_MILLIS = 1000;

const past = new FleetPast();
const stream = new NewsStream({ onOpen: loadHistory, onNews, onContact });
const connection = new ConnectionView(() => stream.tryNow());
const announcer = new Announcer();
const parts = [
  new Chooser(choose),
  new FleetCharts(),
  new PodsTable(),
  new SlaTable(),
  new FleetSlaLog(),
  new RolloutPanel(),
];
let choices = readFleetChoices(location.hash);
let news: FleetNews | undefined;

wireSwitches();
window.addEventListener('hashchange', () => {
  choices = readFleetChoices(location.hash);
  showChoices();
  renderParts();
});
window.setInterval(renderConnection, TICK_MILLIS);
stream.start();

async function loadHistory(): Promise<void> {
  try {
    const response = await fetch('history.json', { cache: 'no-store' });
    if (response.ok) past.load((await response.json()) as FleetHistory);
  } catch {
    // The charts begin with what is seen from now on; the stream tells whether the service is there.
  }
}

function onNews(latest: FleetNews): void {
  // What breaks at first is looked at until the reader chooses otherwise: charts that jump by themselves cannot be read.
  if (choices.service === null) {
    const { service, event } = chosenOf(latest, choices);
    choices = { ...choices, service, event: event?.event ?? null };
  }
  news = latest;
  past.add(latest);
  connection.setFigures(latest.at);
  renderFleetTiles(latest);
  renderParts();
  renderConnection();
}

function onContact(contact: Contact): void {
  connection.setContact(contact);
  renderConnection();
}

function renderConnection(): void {
  const sentence = showVerdict(judge(news), connection.render());
  if (news !== undefined) announcer.say(sentence);
}

function renderParts(): void {
  if (news === undefined) return;
  const view = { news, past, choices, chosen: chosenOf(news, choices) };
  for (const part of parts) part.render(view);
}

function choose(change: Partial<FleetChoices>): void {
  choices = { ...choices, ...change };
  window.history.replaceState(null, '', writeFleetChoices(choices));
  renderParts();
}

function wireSwitches(): void {
  byId('scale').addEventListener('change', ({ target }) => {
    const isLinear = target instanceof HTMLInputElement && target.value === 'linear';
    choose({ scale: isLinear ? 'linear' : 'log' });
  });
  byId('past').addEventListener('change', ({ target }) => {
    const isDay = target instanceof HTMLInputElement && target.value === 'day';
    choose({ past: isDay ? 'day' : 'minutes' });
  });
  showChoices();
}

function showChoices(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('#scale input, #past input')) {
    input.checked = input.value === (input.name === 'past' ? choices.past : choices.scale);
  }
}
