// One line that says how far long work has come, for a person who waits for it. Nothing where nobody looks.
import type { Output } from './context.ts';

export interface Progress {
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Back to the begin of the line, and all of it away (ECMA-48). */
const CLEAR = '\r\x1b[2K';

/** @param output beside that of the result */
export function createProgress(output: Output): Progress {
  let isShown = false;
  return {
    show(text) {
      if (output.isTTY !== true) return;
      isShown = true;
      output.write(`${CLEAR}${text}`);
    },
    end() {
      if (isShown) output.write(CLEAR);
      isShown = false;
    },
  };
}
