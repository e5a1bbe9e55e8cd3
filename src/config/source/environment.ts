// Environment variables in values of the configuration: `${NAME}`, `${NAME:-default}`, and `$${` for a literal `${`.
// It works on one value after the YAML is parsed, so that a variable can never bring structure into the file.

/** Such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substitution {
  readonly text: string;
  /** What is wrong with the references. Names variables, never their values. */
  readonly faults: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** As in a shell, the default also serves for a variable that is set to nothing. */
export function substituteEnvironment(text: string, env: Environment): Substitution {
  if (!text.includes('${')) return { text, faults: [] };
  const faults: string[] = [];
  const substituted = text.replaceAll(REFERENCE, (match, inside: string | undefined, end: string | undefined) => {
    if (match === '$${') return '${';
    const [, name, fallback] = (end === '}' && NAME_AND_DEFAULT.exec(inside ?? '')) || [];
    if (name === undefined) {
      faults.push(`has a \${ that is no reference: write \${NAME}, \${NAME:-default}, or $\${ for a literal \${`);
      return '';
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) {
      faults.push(`the environment has no variable ${name}: set it, or write \${${name}:-default}`);
    }
    return value ?? '';
  });
  return { text: substituted, faults };
}
