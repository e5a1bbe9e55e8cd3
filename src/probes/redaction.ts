// What a target sent, fit to be shown: what was sent to it may be a secret, and targets repeat what they are sent. It stands
// alone since it is where secrets could get into a reason.

/** What is put in the place of a secret. */
const HIDDEN = '…';
/** Shorter words are no secrets, and taking them out would leave nothing to read. */
const MIN_SECRET_LENGTH = 3;
/** What may stand around a secret in a command. */
const DELIMITERS = /[\s\p{Cc}:;,=|&?/@<>()[\]{}"'`]+/u;

/** Text of what came, without what was sent. */
export type Redact = (answer: Uint8Array) => string;

/** Hides what was sent, each word of it, and, at the end of what came, the beginning of such a word. */
export function createRedaction(sent: Uint8Array): Redact {
  const texts = ['utf8', 'latin1'].map((encoding) => Buffer.from(sent).toString(encoding as BufferEncoding));
  const words = texts.flatMap((text) => [text.trim(), ...text.split(DELIMITERS)]);
  const secrets = [...new Set(words)]
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
  const pattern = secrets.length > 0 && new RegExp(secrets.map(RegExp.escape).join('|'), 'giu');
  return (answer) => {
    const text = textOf(answer);
    if (!pattern) return text;
    return withoutBeginning(text.replace(pattern, HIDDEN), secrets);
  };
}

/** As UTF-8 where it is, else each byte as one character. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('utf8');
  return text.includes('\ufffd') ? buffer.toString('latin1') : text;
}

/** A secret may be cut where the answer is. */
function withoutBeginning(text: string, secrets: readonly string[]): string {
  const end = text.toLowerCase();
  let longest = 0;
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= MIN_SECRET_LENGTH && length > longest; length--) {
      if (end.endsWith(secret.slice(0, length).toLowerCase())) longest = length;
    }
  }
  return longest === 0 ? text : `${text.slice(0, -longest)}${HIDDEN}`;
}
