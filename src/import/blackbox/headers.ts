// Headers of a request of blackbox_exporter, with the credentials among them.
import { literal } from '../draft.ts';
import { Keys } from '../keys.ts';
import { isOwnHeader } from '../own-headers.ts';
import { isPlainHeader } from '../secrets.ts';
import type { SourceMap } from '../source-yaml.ts';

/** What stands in the configuration for the value of a header. */
export type KeepHeader = (header: string, value: string) => string;

/** Of `headers`, whose values are texts, and of `http_headers`, whose values are lists. */
export function headersOf(
  map: SourceMap | undefined,
  {
    losses,
    differences,
    keep,
  }: { readonly losses: string[]; readonly differences: string[]; readonly keep: KeepHeader },
): Record<string, string> {
  const written: Record<string, string> = {};
  for (const [name, value] of map?.entries ?? []) {
    const own = new Keys(value.kind === 'MAP' ? value : undefined);
    const values = value.kind === 'MAP' ? [...own.list('values'), ...own.list('secrets')] : [value];
    const texts = values.flatMap((each) => (each.kind === 'TEXT' ? [each.text] : []));
    if (texts.length > 1) losses.push(`of the values of the header ${name} only the last one is sent`);
    const text = texts.at(-1);
    if (text !== undefined && !isOwnHeader(name, differences))
      written[name] = isPlainHeader(name) ? literal(text) : keep(name, text);
    if (own.has('files')) losses.push(`the value of the header ${name} is in a file: put it into a variable`);
  }
  return written;
}

/** Out of basic_auth, authorization and bearer_token. */
export function credentialsOf(keys: Keys, losses: string[], keep: KeepHeader): Record<string, string> {
  const written: Record<string, string> = {};
  const basic = keys.keys('basic_auth');
  const user = basic.text('username')?.text;
  const password = basic.text('password')?.text ?? '';
  if (user !== undefined)
    written.Authorization = keep('Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  const authorization = keys.keys('authorization');
  const [ofScheme, bearer] = [authorization.text('credentials'), keys.text('bearer_token')];
  const credentials = ofScheme?.text ?? bearer?.text;
  if (credentials !== undefined)
    written.Authorization = keep('Authorization', `${authorization.text('type')?.text ?? 'Bearer'} ${credentials}`);
  const files = [
    ['basic_auth.password_file', basic.has('password_file')],
    ['basic_auth.username_file', basic.has('username_file')],
    ['authorization.credentials_file', authorization.has('credentials_file')],
    ['bearer_token_file', keys.has('bearer_token_file')],
  ] as const;
  for (const [name, isThere] of files)
    if (isThere) losses.push(`its credentials are in a file (${name}): put them into a variable`);
  return written;
}
