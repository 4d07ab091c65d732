/** The element with this id, which the page's HTML promises. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** A new element; text reaches the page only as text nodes. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children);
  return created;
}

/** Touches the page only on a change, so that live regions speak once and nothing is laid out for nothing. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Children by key, kept from one rendering to the next: focus and text selection survive. */
export class KeyedChildren<T extends { readonly root: Element }> {
  private readonly parent: Element;
  private readonly create: (key: string) => T;
  private items = new Map<string, T>();

  constructor(parent: Element, create: (key: string) => T) {
    this.parent = parent;
    this.create = create;
  }

  /** Brings the children in line with the keys, in their order, then updates each. */
  update(keys: readonly string[], render: (item: T, index: number) => void): void {
    const next = new Map<string, T>();
    for (const key of keys) next.set(key, this.items.get(key) ?? this.create(key));
    for (const [key, item] of this.items) if (!next.has(key)) item.root.remove();
    this.items = next;
    let index = 0;
    for (const item of next.values()) {
      const present = this.parent.children[index] ?? null;
      if (present !== item.root) this.parent.insertBefore(item.root, present);
      render(item, index++);
    }
  }
}

/** A region that scrolls by itself can be reached, and so scrolled, by keyboard. */
export function makeScrollable(region: HTMLElement, label: string): void {
  region.tabIndex = 0;
  region.setAttribute('role', 'region');
  region.setAttribute('aria-label', label);
}
