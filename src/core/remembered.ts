// What is made of a text is remembered, since of thousands of components many say the same, and what is made of it may take kilobytes.

/** The same for the same text, as long as it is among the latest ones. @param make gives nothing that changes, and may throw */
export function remembered<Made extends NonNullable<unknown>>(
  make: (text: string) => Made,
  most = 256,
): (text: string) => Made {
  const known = new Map<string, Made>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (known.size === most) known.delete(known.keys().next().value!);
    known.set(text, made);
    return made;
  };
}
