import { byId, element, setText } from '../dom.ts';
import type { FleetChoices } from './choices.ts';
import { serviceLabel, servicesOf } from './news.ts';
import type { FleetView } from './view.ts';

/** Which event of which service the charts, the windows and the pods are about. */
export class Chooser {
  private readonly service = new NameSelect('choose-service');
  private readonly event = new NameSelect('choose-event');

  constructor(choose: (change: Partial<FleetChoices>) => void) {
    const chosen = () => ({ service: this.service.value(), event: this.event.value() });
    this.service.onChange(() => choose(chosen()));
    this.event.onChange(() => choose(chosen()));
  }

  render({ news, chosen: { service, event } }: FleetView): void {
    const services = servicesOf(news);
    const events = services.find((candidate) => candidate.service === service)?.events ?? [];
    const names = services.map((candidate) => candidate.service);
    this.service.render(names, service, serviceLabel);
    this.event.render(
      events.map((candidate) => candidate.event),
      event?.event ?? '',
      (name) => name,
    );
  }
}

class NameSelect {
  private readonly select: HTMLSelectElement;
  private shown = '';

  constructor(id: string) {
    const found = byId(id);
    if (!(found instanceof HTMLSelectElement)) throw new Error(`#${id} is no select`);
    this.select = found;
  }

  onChange(listener: () => void): void {
    this.select.addEventListener('change', listener);
  }

  value(): string {
    return this.select.value;
  }

  /** Options stay as they are while their names do: a list that is open stays open. */
  render(names: readonly string[], chosen: string, label: (name: string) => string): void {
    const shown = JSON.stringify(names);
    if (shown !== this.shown) {
      this.select.replaceChildren(
        ...names.map((name) => {
          const option = element('option', { value: name });
          setText(option, label(name));
          return option;
        }),
      );
      this.shown = shown;
    }
    if (this.select.value !== chosen) this.select.value = chosen;
  }
}
