// What an endpoint of Gatus sends, and how it connects.
import type { Draft } from '../draft.ts';
import { isOwnHeader } from '../own-headers.ts';
import type { UrlWriter } from '../secret-url.ts';
import { isPlainHeader, isSecretBody } from '../secrets.ts';
import { type Environment, marksIn, resolveMarks, withoutMarks, writeMarks } from './environment.ts';
import type { ProbeOptions } from './probe.ts';
import type { GatusEndpoint, Marked } from './read-gatus.ts';

export function requestBody(
  { body, graphql, name, group, url }: GatusEndpoint,
  options: ProbeOptions,
  losses: string[],
): string {
  if (body.raw === '') return '';
  const fill = (text: string) =>
    text
      .replaceAll('[ENDPOINT_NAME]', name)
      .replaceAll('[ENDPOINT_GROUP]', group)
      .replaceAll('[ENDPOINT_URL]', url.text);
  const wrap = (text: string) => (graphql ? JSON.stringify({ query: text }) : text);
  const raw = wrap(fill(body.raw));
  if (/\[RANDOM_STRING_\d+\]/.test(raw))
    losses.push('its body has [RANDOM_STRING_n], which OpenK sends as it is written');
  if (!isSecretBody(withoutMarks(raw))) return writeMarks(raw);
  return options.secrets.keep(['GATUS', options.key, 'BODY'], resolveMarks(raw, options.env));
}

export function requestHeaders(
  { headers, graphql }: GatusEndpoint,
  options: ProbeOptions,
  differences: string[],
): Readonly<Record<string, string>> {
  const written: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (isOwnHeader(name, differences)) continue;
    written[name] = isPlainHeader(name) ? writeMarks(value.raw) : secretText(value, options, name);
  }
  const hasType = [...headers.keys()].some((name) => /^content-type$/i.test(name));
  return graphql && !hasType ? { ...written, 'Content-Type': 'application/json' } : written;
}

/** A value that nobody else is to see: where it is all of variables, it is one already. */
export function secretText({ raw, text }: Marked, { secrets, key }: ProbeOptions, name: string): string {
  const own = withoutMarks(raw).replace(/^\s*(?:Bearer|Basic|Token|ApiKey)\s*/i, '');
  return own.trim() === '' ? writeMarks(raw) : secrets.keep(['GATUS', key, name], text);
}

export function clientTls({ client, url }: GatusEndpoint, differences: string[]): Draft | undefined {
  const isTls = /^(?:https|grpcs|tls|wss):/.test(url.text) || !client.ignoreRedirect;
  if (!isTls || (!client.insecure && client.tls === undefined)) return undefined;
  if (client.tls !== undefined) {
    differences.push('the files of the client certificate are looked for from the folder of openk.yaml on');
    if (/^(once|freely)$/.test(client.tls.renegotiation)) differences.push('OpenK does not renegotiate TLS');
  }
  return {
    ...(client.insecure && { insecure_skip_verify: true }),
    ...(client.tls && {
      cert_file: writeMarks(client.tls.certificateFile.raw),
      key_file: writeMarks(client.tls.privateKeyFile.raw),
    }),
  };
}

/** `udp://8.8.8.8:53` */
export function takeResolver({ client }: GatusEndpoint, probe: Record<string, unknown>, losses: string[]): void {
  if (client.dnsResolver === undefined) return;
  const [, host = '', port = ''] = /^[a-z]+:\/\/([A-Za-z0-9.-]+):(\d+)/.exec(client.dnsResolver) ?? [];
  if (!/^[\d.]+$/.test(host)) losses.push('the name server of client.dns-resolver has to be an address');
  else probe.resolver = `${host}:${port}`;
}

export function marked(env: Environment): UrlWriter {
  return {
    write: writeMarks,
    isOwn: (piece: string) => withoutMarks(piece).replace(/^:/, '') !== '',
    resolve: (piece: string) => resolveMarks(piece, env),
  };
}

export function variables(raw: string): string {
  return unique(marksIn(raw).map((name) => `$${name}`)).join(', ');
}

export function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
