// Secrets of a source on their way into the environment: the configuration gets `${NAME}`, the env file the value.

/** Names whose values are secret wherever they stand: keys, headers, parameters of URLs, members of JSON. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|integration[-_]?key|routing[-_]?key|auth|credential|cookie|signature|^sig$|^key$|^code$|webhook/i;
/** Headers that say nothing that anybody could use. */
const PLAIN_HEADER =
  /^(?:accept(?:-.*)?|cache-control|connection|content-(?:type|language|encoding|length)|date|dnt|from|host|if-.*|origin|pragma|range|referer|sec-fetch-.*|te|upgrade-insecure-requests|user-agent|x-forwarded-.*|x-requested-with)$/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether the value of a header may stand in the configuration. */
export function isPlainHeader(name: string): boolean {
  return PLAIN_HEADER.test(name);
}

/** Whether a body looks as if it held a secret. */
export function isSecretBody(body: string): boolean {
  return /pass(?:word|wd)|secret|token|api[-_]?key|credential/i.test(body);
}

export interface Secrets {
  /** What stands in the configuration for `value`. The name is made of `parts`; another value under the same name gets another name. */
  keep(parts: readonly string[], value: string): string;
  readonly values: ReadonlyMap<string, string>;
}

/** @param taken names that the configuration already uses for something else */
export function createSecrets(taken: ReadonlySet<string> = new Set()): Secrets {
  const values = new Map<string, string>();
  return {
    values,
    keep(parts, value) {
      const base = variableName(parts);
      for (let count = 1; ; count++) {
        const name = count === 1 ? base : `${base}_${count}`;
        if (taken.has(name)) continue;
        const known = values.get(name);
        if (known !== undefined && known !== value) continue;
        values.set(name, value);
        return `\${${name}}`;
      }
    },
  };
}

function variableName(parts: readonly string[]): string {
  const name = parts
    .map((part) =>
      part
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .replace(/[^A-Za-z0-9]+/g, '_')
        .replace(/^_+|_+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('_')
    .toUpperCase()
    .slice(0, 120);
  return /^[A-Z]/.test(name) ? name : `X_${name}`;
}

/** The env file: what `set -a; . FILE`, systemd's EnvironmentFile and `node --env-file` read alike. */
export function envFileText(values: ReadonlyMap<string, string>, title: string): string {
  const lines = [...values].map(([name, value]) => `${name}=${quoted(value)}`);
  return `# ${title}\n${lines.join('\n')}\n`;
}

function quoted(value: string): string {
  if (/^[A-Za-z0-9_./:@%+=,~-]*$/.test(value)) return value;
  return value.includes("'") ? `"${value.replace(/["\\$`]/g, '\\$&')}"` : `'${value}'`;
}
