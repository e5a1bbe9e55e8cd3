// Access tokens by client credentials (RFC 6749, section 4.4): fetched once for all who ask for the same one, kept until shortly
// before they expire. It stands alone since a token belongs to no probe, and since what goes wrong here says nothing about a target.

import { type OAuth2, OAuth2_ClientAuthentication } from '../../gen/openk/config/v1/config_pb.ts';
import type { Clock } from '../core/clock.ts';
import { parseForeignJson } from '../core/foreign-json.ts';
import { createRedactor } from '../core/redactor.ts';
import { bodyText } from './body-text.ts';
import { createClientTls } from './client-tls.ts';
import type { Dialer } from './dial.ts';
import { createHttpClient } from './http-client.ts';
import { placeOf } from './http-request.ts';
import { CannotLook, failure } from './reason.ts';
import type { Way } from './way.ts';

/** Longest that a fetch takes: it is nobody's run. */
const FETCH_TIMEOUT_MS = 10_000;
/** How long before its end a token is no longer used, and at most as a share of its life. */
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.2;
/** The life of a token that does not say how long it is. */
const DEFAULT_LIFE_MS = 5 * 60_000;
const MAX_LIFE_MS = 24 * 3_600_000;
/** After a failure all who ask get it for so long, or a thousand targets would ask the provider a thousand times. */
const FAILURE_LIFE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** A place where a token is shared by those who hold it. */
export interface TokenHold {
  /** The token that need not be waited for. */
  known(): string | undefined;
  /** @throws CannotLook, or the reason of the signal */
  get(signal: AbortSignal): Promise<string>;
  /** As `get`, of another token than `refused`, which the target did not take. */
  renew(refused: string, signal: AbortSignal): Promise<string>;
  /** The last who does ends what is under way. */
  release(): void;
}

export interface Tokens {
  hold(options: OAuth2, way: Way): TokenHold;
}

interface Entry {
  holders: number;
  /** The last token that came, or why none did; and until when it counts, on the monotonic clock. */
  known?: { readonly result: string | CannotLook; readonly untilMs: number };
  fetching?: Promise<string | CannotLook>;
  readonly stop: AbortController;
}

export function createTokens(shared: {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly userAgent: string;
}): Tokens {
  const { clock } = shared;
  const entries = new Map<string, Entry>();

  return {
    hold(options, way) {
      const key = JSON.stringify([options, way]);
      let entry = entries.get(key);
      if (entry === undefined) {
        entry = { holders: 0, stop: new AbortController() };
        entries.set(key, entry);
      }
      const own = entry;
      own.holders++;
      let released = false;

      const start = () => {
        own.fetching ??= fetchToken(options, way, shared, own.stop.signal).then(({ result, lifeMs }) => {
          const margin = typeof result === 'string' ? Math.min(MARGIN_MS, lifeMs * MARGIN_SHARE) : 0;
          own.known = { result, untilMs: clock.monotonicMs() + lifeMs - margin };
          delete own.fetching;
          return result;
        });
        return own.fetching;
      };
      const take = async (signal: AbortSignal, refused?: string): Promise<string> => {
        signal.throwIfAborted();
        const { known } = own;
        const counts = known !== undefined && known.untilMs > clock.monotonicMs() && known.result !== refused;
        const result = counts ? known.result : await during(start(), signal);
        if (result instanceof CannotLook) throw result;
        return result;
      };
      return {
        known() {
          const { known } = own;
          if (known === undefined || known.untilMs <= clock.monotonicMs()) return undefined;
          return typeof known.result === 'string' ? known.result : undefined;
        },
        get: (signal) => take(signal),
        renew: (refused, signal) => take(signal, refused),
        release() {
          if (released) return;
          released = true;
          own.holders--;
          if (own.holders > 0) return;
          own.stop.abort();
          if (entries.get(key) === own) entries.delete(key);
        },
      };
    },
  };
}

/** What `promise` comes to, unless `signal` fires first; then it goes on without this one. */
function during<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Never rejects. */
async function fetchToken(
  options: OAuth2,
  way: Way,
  { clock, dialer, userAgent }: { readonly clock: Clock; readonly dialer: Dialer; readonly userAgent: string },
  stop: AbortSignal,
): Promise<{ readonly result: string | CannotLook; readonly lifeMs: number }> {
  const url = new URL(options.tokenUrl);
  const tls = createClientTls(options.tls);
  const client = createHttpClient({
    clock,
    dialer,
    way,
    tlsFor: (host) => tls.connectOptions(host),
    keepAlive: false,
    maxHeaderBytes: MAX_ANSWER_BYTES,
    maxBodyBytes: MAX_ANSWER_BYTES,
    needsBody: true,
  });
  const deadline = new AbortController();
  const clearTimer = clock.after(FETCH_TIMEOUT_MS, () => deadline.abort(new Error('it does not answer in time')));
  const failed = (came: string) => {
    const { redact } = createRedactor([options.clientSecret, basic(options)]);
    const message = `${url.host} gives no access token`;
    return { result: new CannotLook('TOKEN_FAILED', message, redact(came)), lifeMs: FAILURE_LIFE_MS };
  };
  try {
    const request = {
      url,
      place: placeOf(url),
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': userAgent,
        ...(isBasic(options) && { authorization: basic(options) }),
      },
      body: formOf(options).toString(),
    };
    const signal = AbortSignal.any([stop, deadline.signal]);
    const { status, headers, body, bodyFault } = await client.exchange(request, signal, () => {});
    if (bodyFault !== undefined) return failed(bodyFault);
    const read = bodyText(body, headers.get('content-type'));
    const said = 'text' in read ? fieldsOf(read.text) : {};
    return readToken(status, said) ?? failed(`it answered ${status}${errorOf(said)}`);
  } catch (error) {
    if (deadline.signal.aborted) return failed('it does not answer in time');
    return failed(failure(error, url.host, 0).reason.message);
  } finally {
    clearTimer();
    await client.close();
  }
}

/** RFC 6749, section 5.1. */
function readToken(
  status: number,
  { access_token: token, token_type: type, expires_in: seconds }: Fields,
): { readonly result: string; readonly lifeMs: number } | undefined {
  if (status < 200 || status > 299) return undefined;
  // Any text that a header takes (RFC 6749, appendix A.12): those of Salesforce have a `!`, which RFC 6750 has not.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return undefined;
  // A token of another kind is used in another way. Apigee has a word of its own for this one.
  if (typeof type === 'string' && !/^bearer(token)?$/i.test(type)) return undefined;
  // Some say it as a text.
  const life = typeof seconds === 'string' || typeof seconds === 'number' ? Number(seconds) : Number.NaN;
  const lifeMs = Number.isFinite(life) && life > 0 ? Math.min(life * 1000, MAX_LIFE_MS) : DEFAULT_LIFE_MS;
  return { result: token, lifeMs };
}

/** The code of RFC 6749, section 5.2; its description is a stranger's text and may hold anything. */
function errorOf({ error }: Fields): string {
  return typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? `, ${error}` : '';
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(text: string): Fields {
  try {
    const value = parseForeignJson(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function formOf(options: OAuth2): URLSearchParams {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (options.scopes.length > 0) form.set('scope', options.scopes.join(' '));
  if (options.audience !== '') form.set('audience', options.audience);
  if (!isBasic(options)) {
    form.set('client_id', options.clientId);
    form.set('client_secret', options.clientSecret);
  }
  return form;
}

function isBasic({ clientAuthentication }: OAuth2): boolean {
  return clientAuthentication !== OAuth2_ClientAuthentication.POST;
}

/** RFC 6749, section 2.3.1: each encoded as in a form, before they are put together. */
function basic({ clientId, clientSecret }: OAuth2): string {
  const encoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')}`;
}
