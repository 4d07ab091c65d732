import { byId, setAttribute, setText } from './dom.ts';

/** A figure at the head of the page. */
export interface Tile {
  readonly value: string;
  readonly note: string;
  readonly tone?: 'plain' | 'good' | 'warn' | 'bad';
}

export function showTile(id: string, { value, note, tone = 'plain' }: Tile): void {
  const tile = byId(id);
  const [valueCell, noteCell] = tile.querySelectorAll('dd');
  if (valueCell) setText(valueCell, value);
  if (noteCell) {
    setText(noteCell, note);
    // What the narrow tile cuts off.
    setAttribute(noteCell, 'title', note);
  }
  setAttribute(tile, 'data-tone', tone);
}
