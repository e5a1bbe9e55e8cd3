// Asks somebody who knows how something is: Prometheus, a status page, Consul. It stands alone since there the server is not what the
// component is about: whatever keeps it from answering leaves the component UNKNOWN, never UNHEALTHY.

import type { HttpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { abortSignalOf } from '../core/cancellation.ts';
import { parseForeignJson } from '../core/foreign-json.ts';
import type { Observation, ObservedPart } from '../core/observation.ts';
import type { Probe, ProbeRun } from '../core/probe.ts';
import { createRedactor } from '../core/redactor.ts';
import type { Outcome } from '../core/status.ts';
import { createBearer, type TokenWait } from './bearer.ts';
import { bodyText } from './body-text.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import type { ProbeFault } from './faults.ts';
import { createHttpClient, type HttpAnswer } from './http-client.ts';
import { type HttpRequest, placeOf, unbracketed } from './http-request.ts';
import { lastLookMs } from './last-look.ts';
import { createNotes, type Notes } from './notes.ts';
import type { ProbeContext } from './probe.ts';
import { CannotLook, failure, reason } from './reason.ts';
import { basicCredentials, checkWay, type WayOptions, wayOf, waySecrets } from './way.ts';

/** How much of an answer is read; more is no answer. */
const MAX_BODY_BYTES = 8 * 2 ** 20;
const MAX_HEADER_BYTES = 2 ** 16;

/** The fields that kinds of this sort have in common. */
export type SourceOptions = WayOptions & Partial<Pick<HttpProbe, 'tls' | 'headers' | 'oauth2'>>;

export interface SourceRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SourceAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** @throws CannotLook where it is longer than what is read, or no text */
  text(): string;
}

export type Judged = Pick<Observation, 'outcome' | 'reason' | 'parts'>;

/** A probe that judges what it is answered. `look` may throw CannotLook. @param shown whom it asks, without credentials */
export function createSourceProbe(
  shown: string,
  options: SourceOptions & { readonly secrets?: readonly string[] },
  context: ProbeContext,
  look: (ask: (request: SourceRequest) => Promise<SourceAnswer>, run: ProbeRun) => Promise<Judged>,
): Probe {
  const { clock, dialer, userAgent } = context;
  const way = wayOf(options);
  const tls = createClientTls(options.tls);
  const bearer = options.oauth2 && createBearer(options.oauth2, way, context);
  const secrets = [...waySecrets(options), ...Object.values(options.headers ?? {}), ...(options.secrets ?? [])];
  const { redact } = createRedactor(secrets);
  const own = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const client = createHttpClient({
    ...{ clock, dialer, way, keepAlive: false },
    tlsFor: (host) => tls.connectOptions(host),
    maxHeaderBytes: MAX_HEADER_BYTES,
    maxBodyBytes: MAX_BODY_BYTES,
    needsBody: true,
  });

  const exchange = async (
    asked: SourceRequest,
    run: ProbeRun,
    notes: Notes,
    tokenWait: TokenWait,
  ): Promise<SourceAnswer> => {
    const url = new URL(asked.url);
    const authorization = basicCredentials(url);
    url.username = '';
    url.password = '';
    const request: HttpRequest = {
      url,
      place: placeOf(url),
      method: asked.method,
      headers: {
        ...{ accept: 'application/json, */*;q=0.1', 'user-agent': userAgent },
        ...(authorization && { authorization }),
        ...run.traceHeaders,
        ...asked.headers,
        ...own,
      },
      body: asked.body,
    };
    const answer =
      bearer === undefined
        ? await client.exchange(request, run.signal, notes.take)
        : await bearer.with({
            ...{ ...tokenWait, signal: run.signal },
            ask: (authorization, signal) =>
              client.exchange({ ...request, headers: { ...request.headers, authorization } }, signal, notes.take),
            isRefused: ({ status }) => status === 401,
          });
    return { status: answer.status, headers: answer.headers, text: () => textOf(answer, shown) };
  };

  return {
    async run(run) {
      const startedMs = clock.monotonicMs();
      const elapsedMs = () => clock.monotonicMs() - startedMs;
      const notes = createNotes(run.onProgress);
      let waitedMs = 0;
      // Before the run is out of time, so that it is known what was waited for.
      const late = new AbortController();
      const allowedMs = lastLookMs(run.timeoutMs);
      const clearTimer = clock.after(allowedMs, () => late.abort(new CannotLook('SOURCE_FAILED', lateWords(shown))));
      const bounded = {
        ...run,
        signal: AbortSignal.any([abortSignalOf(run.signal), late.signal]),
        timeoutMs: allowedMs,
      };
      const tokenWait: TokenWait = {
        // Before the server is given up, which was not asked then.
        untilMs: startedMs + lastLookMs(allowedMs),
        onWaited: (ms) => {
          waitedMs += ms;
        },
      };
      try {
        const judged = await look((request) => exchange(request, bounded, notes, tokenWait), bounded);
        return notes.addTo({ ...judged, latencyMs: elapsedMs() - waitedMs });
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        return notes.addTo(failure(asOurs(error, shown, redact), shown, elapsedMs(), redact));
      } finally {
        clearTimer();
      }
    },
    async close() {
      bearer?.close();
      await client.close();
    },
  };
}

/** What is wrong with the options in common, and with the URL in `field`. */
export function checkSource(options: SourceOptions, field: string, text: string): readonly ProbeFault[] {
  const url = URL.parse(text);
  const isUrl =
    url !== null && /^https?:$/.test(url.protocol) && basicCredentials(url) !== undefined && url.hash === '';
  const faults: ProbeFault[] = isUrl ? [] : [{ path: [field], message: 'must be an http:// or https:// URL' }];
  if (url?.protocol === 'http:' && options.tls !== undefined)
    faults.push({ path: ['tls'], message: 'has no effect on an http:// URL: make it https:// or take tls out' });
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      faults.push({
        path: ['headers', name],
        message: 'is no header: its name or value has a character that none can have',
      });
  }
  const host = isUrl ? unbracketed(url.hostname) : undefined;
  return [...faults, ...checkClientTls(options.tls, ['tls']), ...checkWay(options, host)];
}

/** What it means that a source does not answer in time, `text` being its URL: nothing is known, and nothing is down. */
export function notInTime(text: string): NonNullable<Probe['timedOut']> {
  return { outcome: 'UNKNOWN', reason: reason('SOURCE_FAILED', lateWords(sourceOf(text))) };
}

function lateWords(shown: string): string {
  return `${shown} does not answer in time`;
}

/** Whom a URL asks, for people. */
export function sourceOf(text: string): string {
  return new URL(text).host;
}

export function sourceHost(text: string): string {
  return unbracketed(new URL(text).hostname);
}

/** `base` with `path` behind its own; the query of `base` stays. */
export function urlBelow(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  return url;
}

/** Errors of connections say nothing about what is asked about; ours of descriptors stay what they are. */
function asOurs(error: unknown, shown: string, redact: (text: string) => string): unknown {
  if (error instanceof CannotLook) return error;
  const { outcome, reason: why } = failure(error, shown, 0);
  if (outcome === 'UNKNOWN') return error;
  // No one of these: a defect of ours, which is not to be hidden.
  if (why.code === 'FAILED') throw error;
  const words = why.evidence === undefined ? why.message : `${why.message}; ${why.evidence}`;
  return new CannotLook('SOURCE_FAILED', `${shown} cannot be asked`, redact(words));
}

function textOf({ body, bodyFault, headers }: HttpAnswer, shown: string): string {
  const read = bodyFault === undefined ? bodyText(body, headers.get('content-type')) : { fault: bodyFault };
  if ('text' in read) return read.text;
  throw new CannotLook('SOURCE_FAILED', `${shown} answers with something that cannot be read`, read.fault);
}

/** An answer as JSON. @throws CannotLook where it is none */
export function jsonOf(answer: SourceAnswer, shown: string): unknown {
  try {
    return parseForeignJson(answer.text());
  } catch (error) {
    if (error instanceof CannotLook) throw error;
    throw new CannotLook(
      'SOURCE_FAILED',
      `${shown} answers with something that is no JSON, or nested too deep`,
      `it answered ${answer.status}`,
    );
  }
}

export type Verdict = Outcome | 'UNKNOWN';

const ORDER: readonly Verdict[] = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'];

/** The worst of all. What is unknown may be anything: it leaves it UNKNOWN unless another one is UNHEALTHY already. */
export function worstOf(verdicts: Iterable<Verdict>): Verdict {
  let worst = 0;
  let isKnown = true;
  for (const verdict of verdicts) {
    if (verdict === 'UNKNOWN') isKnown = false;
    else worst = Math.max(worst, ORDER.indexOf(verdict));
  }
  return isKnown || worst === 2 ? ORDER[worst]! : 'UNKNOWN';
}

/** Parts by name: of those of one name the worse counts. */
export function partsOf(parts: Iterable<ObservedPart>): readonly ObservedPart[] {
  const byName = new Map<string, ObservedPart>();
  for (const part of parts) {
    const before = byName.get(part.name);
    if (before === undefined || worstOf([before.outcome, part.outcome]) !== before.outcome) byName.set(part.name, part);
    if (byName.size === MAX_OBSERVED) break;
  }
  return [...byName.values()];
}

/** Parts that are handed on: far more than become components. */
const MAX_OBSERVED = 1_000;

/** An object of JSON; an empty one for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An answer that is a refusal, or a failure of the server. */
export function unanswered(shown: string, { status }: SourceAnswer): Judged {
  const code = status >= 500 || status === 429 ? 'SOURCE_FAILED' : 'REQUEST_REFUSED';
  const what = code === 'SOURCE_FAILED' ? 'cannot answer' : 'refuses the request';
  return { outcome: 'UNKNOWN', reason: reason(code, `${shown} ${what}`, `it answered ${status}`) };
}
