// The probe kind `http`: asks an HTTP server and judges its answer. Connections are the concern of http-client.ts, where a
// redirect leads that of http-redirect.ts, CEL that of expectation.ts; here is what to ask and what the answer means.

import { validateHeaderValue } from 'node:http';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { HttpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { CONNECTION_HEADERS } from '../core/connection-headers.ts';
import type { Observation, Phases, Reason } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Probe, ProbeRun, Progress } from '../core/probe.ts';
import { createRedactor, type Redactor } from '../core/redactor.ts';
import { type Bearer, checkOAuth2, createBearer, type TokenWait } from './bearer.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import { compileExpectations, expressionFault } from './expectation.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { createBodyJudge, HEALTH_ACCEPT, healthBodyName } from './health-body/judge-body.ts';
import { createHttpClient, type HttpAnswer, type HttpClient } from './http-client.ts';
import { isRedirect, redirected } from './http-redirect.ts';
import { type HttpRequest, placeOf, unbracketed } from './http-request.ts';
import { lastLookMs } from './last-look.ts';
import { createNotes, joinedEvidence, type Notes } from './notes.ts';
import type { ProbeContext, ProbeKind } from './probe.ts';
import { failure, reason } from './reason.ts';
import { basicCredentials, checkWay, wayOf, waySecrets } from './way.ts';

const DEFAULT_METHOD = 'GET';
const DEFAULT_EXPECTED_STATUS = ['200-299'];
const DEFAULT_MAX_BODY = 2 ** 20;
const DEFAULT_MAX_HEADERS = 2 ** 16;
/** How much of a body is shown where it may be, in characters. */
const MAX_SHOWN_BODY = 120;

export const httpProbe: ProbeKind<HttpProbe> = {
  kind: 'http',
  host: ({ url }) => unbracketed(new URL(url).hostname),
  check,
  create,
};

function check(options: HttpProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });

  const url = URL.parse(options.url);
  if (url === null) fault(['url'], 'is not a valid URL');
  else if (basicCredentials(url) === undefined) fault(['url'], 'has credentials with a broken percent-encoding');
  else if (options.oauth2 && basicCredentials(url) !== '') fault(['url'], 'has credentials, and oauth2 sends others');
  if (options.method === 'CONNECT') fault(['method'], 'CONNECT asks for a tunnel, which cannot be probed');
  if (options.method === 'HEAD' && healthBodyName(options.healthBody) !== undefined)
    fault(['health_body'], 'asks for a body, and the answer to a HEAD has none: leave method out');
  for (const [name, value] of Object.entries(options.headers)) {
    if (CONNECTION_HEADERS.has(name.toLowerCase())) fault(['headers', name], 'cannot be set: the connection needs it');
    else if (options.oauth2 && name.toLowerCase() === 'authorization')
      fault(['headers', name], 'cannot be set beside oauth2, which sends it');
    else if (!isHeaderValue(name, value)) fault(['headers', name], 'has a character that a header value cannot have');
  }
  for (const [index, text] of options.expectedStatus.entries()) {
    const { from, to } = parseStatusRange(text);
    if (from > to) fault(['expected_status', index], `is upside down: write ${to}-${from}`);
  }
  for (const [index, expression] of options.expect.entries()) {
    const message = expressionFault(expression);
    if (message !== undefined) fault(['expect', index], message);
  }
  const way = checkWay(options, url === null ? undefined : httpProbe.host(options));
  return [...faults, ...checkClientTls(options.tls, ['tls']), ...checkOAuth2(options.oauth2, ['oauth2']), ...way];
}

function create(options: HttpProbe, context: ProbeContext): Probe {
  assertNoFaults('http', check(options));
  const { clock, dialer } = context;
  const ask = requestTemplate(options, context.userAgent);
  const way = wayOf(options);
  const bearer = options.oauth2 && createBearer(options.oauth2, way, context);
  const configured = createRedactor(secretsOf(options));
  const redactor: Redactor =
    bearer === undefined ? configured : { ...configured, redact: (text) => bearer.redact(configured.redact(text)) };
  const judge = createJudge(options, redactor, clock.nowMs);
  const client = createHttpClient({
    clock,
    dialer,
    way,
    tlsFor: tlsOptions(options),
    keepAlive: options.keepAlive,
    maxHeaderBytes: options.maxHeaders ?? DEFAULT_MAX_HEADERS,
    maxBodyBytes: options.maxBody ?? DEFAULT_MAX_BODY,
    needsBody: options.expect.length > 0 || options.showBody || healthBodyName(options.healthBody) !== undefined,
  });

  return {
    async run({ signal, timeoutMs, traceHeaders, onProgress }) {
      const startedMs = clock.monotonicMs();
      let waitedMs = 0;
      const elapsedMs = () => clock.monotonicMs() - startedMs - waitedMs;
      const run: Run = { signal, asked: ask(traceHeaders), notes: createNotes(onProgress) };
      const tokenWait: TokenWait = {
        untilMs: startedMs + lastLookMs(timeoutMs),
        onWaited: (ms) => {
          waitedMs += ms;
        },
      };
      try {
        const end = await asBearer(bearer, run, tokenWait, judge.isExpected, () =>
          options.followRedirects === 0
            ? exchange(client, run, run.asked)
            : follow(client, run, options.followRedirects, clock.nowMs),
        );
        const latencyMs = elapsedMs();
        const judged: Observation =
          'code' in end ? { outcome: 'UNHEALTHY', reason: end, latencyMs } : judge(end, latencyMs, run.notes.known());
        return run.notes.addTo(judged);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return run.notes.addTo(failure(error, run.asked.place.authority, elapsedMs(), redactor.redact));
      }
    },
    async close() {
      bearer?.close();
      await client.close();
    },
  };
}

/** The request of a run, but for what differs from run to run. */
function requestTemplate(
  options: HttpProbe,
  userAgent: string,
): (traceHeaders: ProbeRun['traceHeaders']) => HttpRequest {
  const url = new URL(options.url);
  const authorization = basicCredentials(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  const configured = Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const accept = healthBodyName(options.healthBody) === undefined ? '*/*' : HEALTH_ACCEPT;
  const fixed = { accept, 'user-agent': userAgent, ...(authorization && { authorization }) };
  const place = placeOf(url);
  const own = Object.fromEntries(configured);
  return (traceHeaders) => ({
    url,
    place,
    method: options.method || DEFAULT_METHOD,
    headers: { ...fixed, ...traceHeaders, ...own },
    body: options.body === '' ? undefined : options.body,
  });
}

/** What is known of a run while it goes on. */
interface Run {
  /** Of the run, or one that fires before it. */
  signal: Cancellation;
  /** Whom it asks. */
  asked: HttpRequest;
  readonly notes: Notes;
}

/** Asks as the bearer of a token, where there is one; from the beginning with another one where the target refuses it. */
function asBearer<End extends HttpAnswer | Reason>(
  bearer: Bearer | undefined,
  run: Run,
  tokenWait: TokenWait,
  isExpected: (status: number) => boolean,
  ask: () => Promise<End>,
): Promise<End> {
  if (bearer === undefined) return ask();
  const first = run.asked;
  const askAs = (authorization: string, signal: Cancellation) => {
    run.signal = signal;
    run.asked = { ...first, headers: { ...first.headers, authorization } };
    return ask();
  };
  // Who was redirected elsewhere sent no token there.
  const isRefused = (end: End) =>
    'status' in end && end.status === 401 && !isExpected(401) && 'authorization' in run.asked.headers;
  return bearer.with({ ...tokenWait, signal: run.signal, ask: askAs, isRefused });
}

/** The answer at the end of the redirects, or why there is none. */
async function follow(
  client: HttpClient,
  run: Run,
  maxRedirects: number,
  nowMs: () => number,
): Promise<HttpAnswer | Reason> {
  const jar = createCookieJar(nowMs);
  const seen = new Set<string>();
  const keyOf = ({ method, url }: HttpRequest) => `${method} ${url.href} ${jar.header(url)}`;
  for (let redirects = 0; ; redirects++) {
    const { asked } = run;
    seen.add(keyOf(asked));
    const answer = await exchange(client, run, withCookies(asked, jar));
    const location = answer.headers.get('location');
    if (!isRedirect(answer.status, location)) return answer;
    jar.store(asked.url, answer.setCookies);
    const { authority } = asked.place;
    const next = redirected(asked, answer.status, location);
    if (next === undefined) return reason('PROTOCOL_ERROR', `${authority} redirects to something that is no HTTP URL`);
    // The same request with the same cookies has the same end.
    if (seen.has(keyOf(next))) return reason('TOO_MANY_REDIRECTS', `${authority} redirects in a loop`);
    if (redirects === maxRedirects) return reason('TOO_MANY_REDIRECTS', `more than ${maxRedirects} redirects`);
    run.asked = next;
  }
}

/** Asks, and adds to what is known of the run. */
function exchange(client: HttpClient, { signal, notes }: Run, request: HttpRequest): Promise<HttpAnswer> {
  const before = notes.known();
  const isFirst = before.phases === undefined;
  return client.exchange(request, signal, isFirst ? notes.take : (now) => notes.take(summed(before, now)));
}

function withCookies(request: HttpRequest, jar: CookieJar): HttpRequest {
  const cookies = jar.header(request.url);
  if (cookies === '') return request;
  const own = request.headers.cookie;
  return { ...request, headers: { ...request.headers, cookie: own === undefined ? cookies : `${own}; ${cookies}` } };
}

/** Of the requests of a run: those before, and the one that is under way. */
function summed(before: Progress, now: Progress): Progress {
  const phases: { -readonly [Name in keyof Phases]: Phases[Name] } = { ...now.phases };
  for (const [name, ms] of Object.entries(before.phases ?? {}) as [keyof Phases, number][]) {
    phases[name] = (phases[name] ?? 0) + ms;
  }
  const evidence = joinedEvidence(before.evidence, now.evidence);
  const { certificateExpiresMs, timedOut } = now;
  return {
    ...(certificateExpiresMs !== undefined && { certificateExpiresMs }),
    ...(Object.keys(phases).length > 0 && { phases }),
    ...(evidence !== undefined && { evidence }),
    ...(timedOut !== undefined && { timedOut }),
  };
}

interface Judge {
  /** @param known of the run: how long its parts took, and which certificate it saw */
  (answer: HttpAnswer, latencyMs: number, known: Progress): Observation;
  readonly isExpected: (status: number) => boolean;
}

function createJudge(options: HttpProbe, redactor: Redactor, nowMs: () => number): Judge {
  const expectedStatus = options.expectedStatus.length > 0 ? options.expectedStatus : DEFAULT_EXPECTED_STATUS;
  const ranges = expectedStatus.map(parseStatusRange);
  const wrong = compileExpectations(options.expect, {
    ...redactor,
    showBody: options.showBody,
  });
  const shape = healthBodyName(options.healthBody);
  const judgeBody =
    shape === undefined ? undefined : createBodyJudge(shape, { ...redactor, showBody: options.showBody, nowMs });
  const degradedAboveMs = options.degradedAbove ? durationMs(options.degradedAbove) : Number.POSITIVE_INFINITY;

  const isExpectedStatus = (status: number) => ranges.some(({ from, to }) => from <= status && status <= to);
  const judge = (answer: HttpAnswer, latencyMs: number, known: Progress): Observation => {
    const { status, headers, body, bodyFault } = answer;
    const isExpected = isExpectedStatus(status);
    const said = judgeBody?.(answer, isExpected);
    // What the user asks of an answer is asked of one that was expected.
    if (said !== undefined && (said.outcome === 'UNHEALTHY' || !isExpected)) return { ...said, latencyMs };
    if (!isExpected) {
      const message = `answered ${status}, expected ${expectedStatus.join(', ')}`;
      const why = reason('UNEXPECTED_STATUS', message, statusEvidence(answer, options.showBody, redactor));
      return { outcome: 'UNHEALTHY', reason: why, latencyMs };
    }
    // What the body says of its parts holds, whatever else is wrong with the answer.
    const parts = said?.parts && { parts: said.parts };
    const { certificateExpiresMs, phases } = known;
    const complaint = wrong({
      ...{ status, headers, body, latencyMs, phases: phases ?? {} },
      ...(bodyFault !== undefined && { bodyFault }),
      ...(certificateExpiresMs !== undefined && { certificateExpiresInMs: certificateExpiresMs - nowMs() }),
    });
    if (complaint !== undefined) {
      const { message, evidence } = complaint;
      const why = { ...reason('EXPECTATION_FAILED', message), ...(evidence !== undefined && { evidence }) };
      return { outcome: 'UNHEALTHY', reason: why, ...parts, latencyMs };
    }
    if (said !== undefined && said.outcome !== 'HEALTHY') return { ...said, latencyMs };
    if (latencyMs > degradedAboveMs) {
      return {
        outcome: 'DEGRADED',
        reason: reason('SLOW', `answered ${status}, slower than ${degradedAboveMs} ms`),
        ...parts,
        latencyMs,
      };
    }
    return { outcome: 'HEALTHY', reason: reason('OK', `answered ${status}`), ...said, latencyMs };
  };
  return Object.assign(judge, { isExpected: isExpectedStatus });
}

/** What came with a status that was not expected: where it leads, and the beginning of the body where that may be shown. */
function statusEvidence(
  { status, headers, body, bodyFault }: HttpAnswer,
  showBody: boolean,
  { redact }: Redactor,
): string {
  const parts: string[] = [];
  const location = headers.get('location');
  if (location !== undefined && (isRedirect(status, location) || status === 201)) {
    parts.push(`Location: ${redact(withoutQuery(location))}`);
  }
  if (showBody && body.length > 0) {
    // Redacted before it is cut, or half a secret would be left.
    const text = redact(body.subarray(0, 16 * MAX_SHOWN_BODY).toString('utf8'));
    parts.push(`body: ${printable(text, MAX_SHOWN_BODY)}`);
    if (bodyFault !== undefined && text === '') parts.push(bodyFault);
  }
  return parts.join('; ');
}

/** A Location as far as it holds no secret: no credentials, no query, no fragment. */
function withoutQuery(location: string): string {
  const plain = location.replace(/[?#].*$/s, '');
  return `${plain.replace(/^([a-z][a-z0-9+.-]*:)?[/\\]{2}[^/\\]*@/i, '$1//')}${plain === location ? '' : '?…'}`;
}

/** What is sent and must not be shown, should the target send it back. */
function secretsOf(options: HttpProbe): readonly string[] {
  const { url, headers, body } = options;
  const { username, password, searchParams, search } = new URL(url);
  const sent = [username, password, search.slice(1), ...searchParams.values(), ...Object.values(headers), body];
  return [...sent, ...waySecrets(options)];
}

/** Where a redirect leads to another host, the name and the client certificate of this one are not for it. */
function tlsOptions(options: HttpProbe) {
  const own = createClientTls(options.tls);
  const others = createClientTls({ ...options.tls, serverName: '', certFile: '', keyFile: '' });
  const ownHost = httpProbe.host(options);
  return (host: string) => (host === ownHost ? own : others).connectOptions(host);
}

function parseStatusRange(text: string): { readonly from: number; readonly to: number } {
  const [from, to] = text.split('-').map(Number);
  return { from: from ?? 0, to: to ?? from ?? 0 };
}

function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
