// Texts of JSON that a store has kept. Its pages do not show that one has changed by itself: their reader does.
import { StoreFault } from '../../core/store.ts';

/** Says nothing of the text. */
export class NoJson extends Error {
  override readonly name = 'NoJson';
}

/** @throws StoreFault where it is no object or list, with a NoJson as its cause */
export function parseKept<Kept extends object>(text: string): Kept {
  const value = parse(text);
  if (typeof value === 'object' && value !== null) return value as Kept;
  throw new StoreFault(
    'storage: it is damaged: a text that it has kept is no JSON any more. Go back to a backup; of a file, `openk storage check` may say more, and storage.on_corrupt: START_EMPTY keeps it under another name and begins a new one',
    { cause: new NoJson('a text in it is no JSON any more') },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
