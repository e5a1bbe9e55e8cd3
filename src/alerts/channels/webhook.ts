// Webhooks as Standard Webhooks has them (standardwebhooks.com): JSON, signed where there is a secret. The id stays the same over
// attempts, so that a receiver knows what he has; time and signature are new in each.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { WebhookChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import { createRedactor } from '../../core/redactor.ts';
import { messageJson } from './alert-json.ts';
import type { ChannelFault, ChannelKind } from './channel-kind.ts';
import { createHttpSender } from './http-sender.ts';
import { checkUrl, secretsOfUrl } from './url-secrets.ts';
import { compileBody, findBodyFault } from './webhook-body.ts';
import { readWebhookSecret, signatureHeaders } from './webhook-signature.ts';

export const webhook: ChannelKind<WebhookChannel> = {
  kind: 'webhook',
  check(options) {
    const { url, secret, moreSecrets, headers, body } = options;
    const bodyFault = body === '' ? undefined : findBodyFault(body);
    return [
      ...checkUrl(url, ['url']),
      ...(secret === '' ? [] : checkSecret(secret, ['secret'])),
      ...moreSecrets.flatMap((more, index) => checkSecret(more, ['more_secrets', index])),
      ...(secret === '' && moreSecrets.length > 0
        ? [{ path: ['secret'], message: 'is missing beside more_secrets' }]
        : []),
      ...checkHeaders(headers, ['headers']),
      ...(bodyFault === undefined ? [] : [{ path: ['body'], message: bodyFault }]),
    ];
  },
  create(options, context) {
    const url = new URL(options.url);
    const secrets = [...(options.secret === '' ? [] : [options.secret]), ...options.moreSecrets];
    const keys = secrets.flatMap((secret) => readWebhookSecret(secret) ?? []);
    const post = createHttpSender(
      context,
      createRedactor([
        ...secretsOfUrl(url),
        ...secrets,
        ...secrets.map((one) => one.slice(6)),
        ...Object.values(options.headers),
      ]),
    );
    const render = options.body === '' ? undefined : compileBody(options.body);
    return {
      async send({ id, message, nowMs }, signal) {
        const json = messageJson(message);
        const rendered = render?.(json) ?? { body: JSON.stringify(json) };
        if ('fault' in rendered) return { kind: 'refused', error: rendered.fault };
        const { body } = rendered;
        const headers = { ...lowerNames(options.headers), ...signatureHeaders(keys, { id, nowMs, body }) };
        return post({ url, headers, body }, { signal, nowMs });
      },
    };
  },
};

function checkSecret(secret: string, path: ChannelFault['path']): readonly ChannelFault[] {
  if (readWebhookSecret(secret) !== undefined) return [];
  return [{ path, message: 'must be whsec_ and 24 to 64 bytes in base64: write whsec_$(openssl rand -base64 32)' }];
}

/** What frames a request, and what is signed, nobody else sets. */
const OWN = /^(?:content-length|transfer-encoding|connection|host|expect|upgrade|te|trailer|webhook-.*)$/i;

export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: ChannelFault['path'],
): readonly ChannelFault[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const fault = (message: string) => [{ path: [...path, name], message }];
    try {
      validateHeaderName(name);
    } catch {
      return fault('is no name of a header');
    }
    if (OWN.test(name)) return fault('is set by OpenK itself');
    try {
      validateHeaderValue(name, value);
    } catch {
      return fault('has a value that no header can have');
    }
    return [];
  });
}

/** So that one replaces what is there by default, however it is spelled. */
export function lowerNames(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
