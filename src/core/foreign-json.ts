// JSON that somebody else wrote, within bounds: V8 takes seconds for some megabytes of nothing but brackets, in which nobody else is
// answered, and what goes through values by recursion would run out of stack. Of bytes of a request calls/ looks at the same by itself: it
// knows nothing of core/.

/** As deep as protobuf's readers go. */
const MAX_DEPTH = 100;

/** @throws {SyntaxError} when it is no JSON @throws {RangeError} when it is nested deeper than 100 levels */
export function parseForeignJson(text: string): unknown {
  if (isTooDeep(text)) throw new RangeError(`is nested deeper than ${MAX_DEPTH} levels`);
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Looks at nothing else: what is no JSON is for the parser to say. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (char === OPENING[0] || char === OPENING[1]) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (char === CLOSING[0] || char === CLOSING[1]) {
      depth -= 1;
    }
  }
  return false;
}

function endOfString(text: string, from: number): number {
  let at = from;
  for (let char = text.charCodeAt(at); at < text.length && char !== QUOTE; char = text.charCodeAt(at)) {
    at += char === BACKSLASH ? 2 : 1;
  }
  return at;
}
