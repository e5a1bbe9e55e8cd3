// How deep JSON is nested, looked at before it is parsed: half a million levels in a megabyte take V8 more than a tenth of a
// second, in which nobody else is answered.

/** As deep as protobuf's readers go. */
export const MAX_JSON_DEPTH = 100;
/** So little of it harms nobody. */
const SHORT_BYTES = 4_096;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Looks at nothing else: what is no JSON is for the parser to say. */
export function isTooDeep(json: Uint8Array): boolean {
  if (json.length <= SHORT_BYTES) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      at = endOfString(json, at + 1);
    } else if (byte === OPENING[0] || byte === OPENING[1]) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (byte === CLOSING[0] || byte === CLOSING[1]) {
      depth -= 1;
    }
  }
  return false;
}

function endOfString(json: Uint8Array, from: number): number {
  let at = from;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
