// A piece of a source as it is shown where it could not be had: without what is secret in it.
import { isPlainHeader, isSecretName } from './secrets.ts';
import { type SourceValue, toPlain } from './source-yaml.ts';

const HIDDEN = '***';

/**
 * @param write how a text of the source is shown
 * @param isOwn whether there is more in it than names of variables
 */
export function shownSource(
  source: SourceValue,
  write: (text: string) => string = (text) => text,
  isOwn: (text: string) => boolean = (text) => text !== '',
): unknown {
  const plain = toPlain(source, (text, key) => {
    const isSecret = isSecretName(key) || key === 'body' || key === 'send' || key === 'token-url';
    return isSecret && isOwn(text) ? HIDDEN : maskUrl(write(text));
  });
  hideHeaders(plain);
  return plain;
}

/** A URL, or any text that has none, without credentials and secret parameters. */
export function maskUrl(text: string): string {
  return text
    .replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, `$1${HIDDEN}@`)
    .replace(/([?&])([^=&]+)=([^&]+)/g, (pair, mark: string, name: string) =>
      isSecretName(name) ? `${mark}${name}=${HIDDEN}` : pair,
    );
}

/** Values of headers, wherever they stand. */
function hideHeaders(value: unknown): void {
  if (Array.isArray(value)) value.forEach(hideHeaders);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (
      (key === 'headers' || key === 'http_headers' || key === 'metadata') &&
      typeof each === 'object' &&
      each !== null
    ) {
      for (const name of Object.keys(each)) if (!isPlainHeader(name)) (each as Record<string, unknown>)[name] = HIDDEN;
    } else hideHeaders(each);
  }
}
