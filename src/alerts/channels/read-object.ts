import { parseForeignJson } from '../../core/foreign-json.ts';

/** An object of JSON; undefined where the text is none. */
export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseForeignJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
