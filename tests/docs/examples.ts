// The examples in README.md and docs/ that are marked with `<!-- run -->`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
/** What examples say where a server is. */
const WRITTEN_ADDRESS = '127.0.0.1:8080';
const MARKED_BLOCK = /^<!-- run -->\n```(\w+)\n([\s\S]*?)^```$/gm;

export interface Example {
  /** File and line. */
  readonly place: string;
  /** Of the fence: `sh`, `ts` or `yaml`. */
  readonly language: string;
  readonly text: string;
}

export function readExamples(): Example[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => join('docs', name))].flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(MARKED_BLOCK)].map(([block, language = '', example = '']) => {
      const line = text.slice(0, text.indexOf(block)).split('\n').length;
      return { place: `${page}:${line}`, language, text: example };
    });
  });
}

/** The example for a server at another address. People wait longer than tests, too. */
export function aim(text: string, host: string): string {
  return text.replaceAll(WRITTEN_ADDRESS, host).replaceAll('--for 10s', '--for 10ms');
}

const COMPONENTS = `
components:
  - { id: payments-api, labels: { team: payments }, heartbeat: { period: 1h } }
  - { id: checkout, group: { members: [ { component: payments-api } ] } }
`;

/** A configuration of which the page has the part that matters, and the variables that it names. */
export function wholeConfiguration(text: string): {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const names = Array.from(text.matchAll(/\$\{(\w+)\}/g), ([, name = '']) => name);
  const secretOf = (name: string) => {
    if (name === 'TELEGRAM_TOKEN') return '123456:secret';
    if (name === 'WEBHOOK_SECRET') return `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    return name.endsWith('_URL') ? 'https://hooks.example.com/secret' : 'secret';
  };
  return {
    text: /^components:/m.test(text) ? text : `${text}${COMPONENTS}`,
    env: Object.fromEntries(names.map((name) => [name, secretOf(name)])),
  };
}
