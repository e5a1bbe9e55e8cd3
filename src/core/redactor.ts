// Takes secrets out of what a target sent, which may send back what it was sent. It stands alone so that whatever is shown of
// an answer goes through one place.

/** What stands where a secret was. */
const REDACTED = '[redacted]';
/** Parts of a secret that are shorter are too common to be taken out of other words. */
const MIN_PART_LENGTH = 4;
/** Longest secret that is looked for, and most parts: more would take longer than a run may. */
const MAX_LENGTH = 4096;
const MAX_PARTS = 500;

/** Names of headers and fields whose values are secrets wherever they come from. */
const SECRET_NAME =
  /cookie|authori[sz]ation|authenticat|token|secret|passw|pwd|credential|api[-_]?key|private[-_]?key|session[-_]?(?:id|key)|signature/i;

export interface Redactor {
  /** The text without the secrets, and without what they consist of. */
  redact(text: string): string;
  /** Whether a value of this name is not to be shown at all. */
  isSecretName(name: string): boolean;
}

/** @param secrets as they are sent: values of headers, bodies, credentials, queries */
export function createRedactor(secrets: readonly string[]): Redactor {
  const whole = new Set<string>();
  const words = new Set<string>();
  for (const secret of secrets) {
    for (const form of formsOf(secret.slice(0, MAX_LENGTH))) {
      if (form.length < MIN_PART_LENGTH) words.add(form);
      else whole.add(form);
    }
  }
  const longestFirst = [...whole].sort((a, b) => b.length - a.length).slice(0, MAX_PARTS);
  const alternatives = [
    ...longestFirst.map((text) => RegExp.escape(text)),
    // Short ones only where they stand alone: a "1" would be in every number.
    ...[...words].slice(0, MAX_PARTS).map((text) => `(?<![\\p{L}\\p{N}])${RegExp.escape(text)}(?![\\p{L}\\p{N}])`),
  ];
  const pattern = alternatives.length === 0 ? undefined : new RegExp(alternatives.join('|'), 'giu');
  return {
    redact: (text) => (pattern === undefined ? text : text.replace(pattern, REDACTED)),
    isSecretName: (name) => SECRET_NAME.test(name),
  };
}

/** As it is, decoded, encoded, as JSON writes it, and the words in it: `Bearer abc` comes back as `abc` too. */
function formsOf(secret: string): Set<string> {
  const forms = new Set<string>();
  for (const form of [secret, decoded(secret), base64Decoded(secret)]) {
    if (form === undefined || form.trim() === '') continue;
    const parts = form.split(/[\s,;:=&"'{}[\]()<>]+/).filter((part) => part.length >= MIN_PART_LENGTH);
    for (const part of [form.trim(), ...parts]) {
      forms.add(part);
      forms.add(encodeURIComponent(part.toWellFormed()));
      forms.add(JSON.stringify(part).slice(1, -1));
    }
  }
  return forms;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** `Basic bWU6cGFzcw==` is a name and a password. */
function base64Decoded(text: string): string | undefined {
  const [, encoded] = /^basic\s+([A-Za-z0-9+/]+=*)$/i.exec(text.trim()) ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}
