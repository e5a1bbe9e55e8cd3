// URLs with credentials or tokens in them: what is secret becomes a variable, and the rest stays to be read.
import { isSecretName, type Secrets } from './secrets.ts';

/**
 * The URL as it stands in openk.yaml.
 * @param write how a piece of the URL is written that is no secret
 * @param isOwn whether a piece has more in it than variables of the source
 * @param resolve the piece as its program sees it
 */
export function writeUrl(
  url: string,
  secrets: Secrets,
  parts: readonly string[],
  { write, isOwn, resolve }: UrlWriter,
): string {
  const [, scheme = '', credentials = '', rest = url] =
    /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(?:([^/?#@]*)@)?(.*)$/s.exec(url) ?? [];
  const [, path = rest, query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(rest) ?? [];
  const shownCredentials = credentials === '' ? '' : `${secret(credentials, 'credentials')}@`;
  const shownQuery = query
    .slice(1)
    .split('&')
    .map((pair) => {
      const [name = '', ...values] = pair.split('=');
      const value = values.join('=');
      return isSecretName(name) && value !== '' ? `${write(name)}=${secret(value, name)}` : write(pair);
    })
    .join('&');
  return `${write(scheme)}${shownCredentials}${write(path)}${query === '' ? '' : `?${shownQuery}`}${write(fragment)}`;

  function secret(piece: string, name: string): string {
    return isOwn(piece) ? secrets.keep([...parts, name], resolve(piece)) : write(piece);
  }
}

export interface UrlWriter {
  readonly write: (piece: string) => string;
  readonly isOwn: (piece: string) => boolean;
  readonly resolve: (piece: string) => string;
}
