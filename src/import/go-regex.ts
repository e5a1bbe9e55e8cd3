// Regular expressions of Go (RE2) as JavaScript has them, for what is evaluated while importing.

/** Undefined for what JavaScript does not read, such as a flag in the middle. */
export function goRegex(
  source: string,
  { anchored = false }: { readonly anchored?: boolean } = {},
): RegExp | undefined {
  const [, flags = '', rest = source] = /^\(\?([imsU]+)\)(.*)$/s.exec(source) ?? [];
  const pattern = rest.replaceAll('(?P<', '(?<').replace(/\\A/g, '^').replace(/\\z/g, '$');
  try {
    const isDotAll = anchored || flags.includes('s');
    return new RegExp(
      anchored ? `^(?:${pattern})$` : pattern,
      `${flags.includes('i') ? 'i' : ''}${flags.includes('m') ? 'm' : ''}${isDotAll ? 's' : ''}`,
    );
  } catch {
    return undefined;
  }
}

/** regexp.Expand: `$1`, `${1}`, `$name`; a name takes all the letters, digits and underscores that there are, and one that is not there is empty. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,
    (reference, braced?: string, bare?: string) => {
      if (reference === '$$') return '$';
      const name = braced ?? bare ?? '';
      return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
    },
  );
}
