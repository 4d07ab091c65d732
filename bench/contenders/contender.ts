/**
 * One way to measure an event, as the code that a user would write: `begin` before the event, `end` after it, where
 * `begun` is what `begin` gave. Both see what `load` returns by name, and `sum`, to which they add what V8 must not leave
 * out.
 */
export interface Contender {
  readonly label: string;
  readonly begin: string;
  readonly end: string;
  readonly load: () => Bindings | Promise<Bindings>;
}

export type Bindings = Readonly<Record<string, unknown>>;
