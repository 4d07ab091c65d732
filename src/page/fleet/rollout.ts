import type { RolloutCondition, RolloutDecision, RolloutStatus } from '../../contract/rollout.ts';
import { byId, element, KeyedChildren, makeScrollable, setAttribute, setText } from '../dom.ts';
import { momentOf } from '../format.ts';
import { GatesTable } from './gates-table.ts';
import { HoldBar } from './hold-bar.ts';
import { CONDITION_WORDS, DECISION_WORDS, PHASE_WORDS, sentence } from './rollout-words.ts';
import { Stepper, stepLabel } from './stepper.ts';
import type { FleetView } from './view.ts';

/** Where the staged rollout stands, what holds it, and what was decided. */
export class RolloutPanel {
  private readonly phase = byId('rollout-phase');
  private readonly off = byId('rollout-off');
  private readonly on = byId('rollout-on');
  private readonly controlTitle = byId('control-title');
  private readonly control = byId('rollout-control');
  private readonly stepper = new Stepper(byId('rollout-steps'));
  private readonly hold = new HoldBar();
  private readonly gates = new GatesTable(byId('rollout-gates'));
  private readonly conditions = new KeyedChildren(byId('rollout-conditions'), () => new ConditionRow());
  private readonly decisions: KeyedChildren<DecisionRow>;

  constructor() {
    const list = element('ol', { 'aria-labelledby': 'decisions-title' });
    const region = byId('rollout-decisions');
    region.append(list);
    makeScrollable(region, 'Decisions of the rollout');
    this.decisions = new KeyedChildren(list, () => new DecisionRow());
  }

  render({ news: { rollout, at } }: FleetView): void {
    this.off.hidden = rollout !== null;
    this.on.hidden = rollout === null;
    setText(this.phase, rollout === null ? 'not switched on' : phaseText(rollout));
    setAttribute(this.phase, 'data-state', rollout === null ? 'none' : stateOf(rollout));
    if (rollout !== null) this.renderStatus(rollout, at);
  }

  private renderStatus(status: RolloutStatus, now: number): void {
    const { conditions, control, decisions, gates, rates } = status;
    this.stepper.render(status);
    this.hold.render(status);
    this.gates.render(gates, now);
    this.conditions.update(
      conditions.map(({ type }) => type),
      (row, i) => {
        const condition = conditions[i];
        if (condition) row.render(condition, now);
      },
    );
    setText(this.controlTitle, `Control pods, kept disabled: ${control.length}`);
    setText(
      this.control,
      control.length === 0 ? 'None: gates that compare with them have no data.' : control.join(', '),
    );
    const keys = decisions.map(({ at, decision, from, to }) => `${at} ${decision} ${from} ${to}`);
    this.decisions.update(keys, (row, i) => {
      const decision = decisions[i];
      if (decision) row.render(decision, rates, now);
    });
  }
}

function phaseText({ phase, gates }: RolloutStatus): string {
  const failing = gates.filter(({ verdict }) => verdict === 'fail').length;
  if (failing === 0) return PHASE_WORDS[phase];
  return `${PHASE_WORDS[phase]}, ${failing} ${failing === 1 ? 'gate fails' : 'gates fail'}`;
}

function stateOf({ phase, gates }: RolloutStatus): 'broken' | 'kept' | 'off' {
  if (phase === 'failed' || phase === 'aborted' || gates.some(({ verdict }) => verdict === 'fail'))
    return 'broken';
  return phase === 'paused' || phase === 'disabled' ? 'off' : 'kept';
}

class ConditionRow {
  readonly root = element('li');
  private readonly badge = element('span', { class: 'badge' });
  private readonly message = element('span', { class: 'what' });

  constructor() {
    this.root.append(this.badge, this.message);
  }

  render({ type, isTrue, message, since }: RolloutCondition, now: number): void {
    // To be stuck is the one condition that is good when it is false.
    const isGood = isTrue !== (type === 'Stuck');
    setAttribute(this.badge, 'data-state', isGood ? 'kept' : 'broken');
    setText(this.badge, `${CONDITION_WORDS[type]}: ${isTrue ? 'yes' : 'no'}`);
    setText(this.message, `${sentence(message)} Since ${momentOf(since, now)}.`);
  }
}

class DecisionRow {
  readonly root = element('li');
  private readonly time = element('time');
  private readonly what = element('b');
  private readonly reason = element('span', { class: 'what' });

  constructor() {
    this.root.append(this.time, this.what, this.reason);
  }

  render(
    { at, decision, from, to, reason, by }: RolloutDecision,
    rates: readonly number[],
    now: number,
  ): void {
    setAttribute(this.time, 'datetime', new Date(at).toISOString());
    setText(this.time, momentOf(at, now));
    const steps = from === to ? '' : ` ${stepLabel(from, rates)} → ${stepLabel(to, rates)}`;
    setText(this.what, `${DECISION_WORDS[decision]}${steps}`);
    setText(this.reason, sentence(by === 'controller' ? reason : `${reason} (${by})`));
  }
}
