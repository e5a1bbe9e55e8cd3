// Environment variables as Gatus puts them in: into the text of the file, before it is YAML, by Go's os.ExpandEnv. Here each reference is marked
// instead, so that the configuration can have `${NAME:-}` in its place, and a secret of the environment stays there.
import { literal } from '../draft.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const OPEN = '\ue000';
const CLOSE = '\ue001';
const MARK = /\ue000([A-Za-z_][A-Za-z0-9_]*)\ue001/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** os.ExpandEnv: `${…}` up to the first brace, special parameters of one character, or a name. `${}` and an open `${` vanish. */
const REFERENCE = /\$\$|\$\{([^}]*)\}|\$\{|\$([*#$@!?\-0-9])|\$([A-Za-z0-9_]+)/g;

/** The text with a mark for each reference; `unread` are references that are no names, which are empty in Gatus, `${X:-d}` among them. */
export function markVariables(text: string): { readonly text: string; readonly unread: readonly string[] } {
  const unread: string[] = [];
  const marked = text.replace(REFERENCE, (reference, braced?: string, special?: string, name?: string) => {
    if (reference === '$$') return '$';
    const wanted = braced ?? special ?? name ?? '';
    if (NAME.test(wanted)) return `${OPEN}${wanted}${CLOSE}`;
    unread.push(reference);
    return '';
  });
  return { text: marked, unread };
}

/** What Gatus sees: a variable that is not set is empty. */
export function resolveMarks(text: string, env: Environment): string {
  return text.replace(MARK, (_mark, name: string) => (Object.hasOwn(env, name) ? (env[name] ?? '') : ''));
}

/** As it stands in openk.yaml. */
export function writeMarks(text: string): string {
  return literal(text).replace(MARK, (_mark, name: string) => `\${${name}:-}`);
}

export function marksIn(text: string): readonly string[] {
  return [...text.matchAll(MARK)].map(([, name = '']) => name);
}

/** What is left of the text without its references. */
export function withoutMarks(text: string): string {
  return text.replace(MARK, '');
}
