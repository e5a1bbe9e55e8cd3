// The probe kind `http`: asks an HTTP server and judges its answer. Connections are the concern of http-client.ts, where a
// redirect leads that of http-redirect.ts, CEL that of expectation.ts; here is what to ask and what the answer means.
import { validateHeaderValue } from 'node:http';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { HttpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation, Reason } from '../core/observation.ts';
import type { Probe } from '../core/probe.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import { compileExpectations, expressionFault } from './expectation.ts';
import { assertNoFaults } from './faults.ts';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest, MAX_BODY_BYTES } from './http-client.ts';
import { isRedirect, redirected } from './http-redirect.ts';
import type { ProbeContext, ProbeFault, ProbeKind } from './probe.ts';
import { failure, reason } from './reason.ts';
import { createRedactor } from './redactor.ts';

const DEFAULT_METHOD = 'GET';
const DEFAULT_EXPECTED_STATUS = ['200-299'];
/** Headers that belong to the connection and not to the request (RFC 9110, section 7.6.1), or follow from the body. */
const NOT_CONFIGURABLE = new Set(
  'connection content-length expect keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
);

export const httpProbe: ProbeKind<HttpProbe> = {
  kind: 'http',
  host: ({ url }) => unbracketed(new URL(url).hostname),
  check,
  create,
};

function check(options: HttpProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });

  if (!URL.canParse(options.url)) fault(['url'], 'is not a valid URL');
  else if (credentials(new URL(options.url)) === undefined)
    fault(['url'], 'has credentials with a broken percent-encoding');
  if (options.method === 'CONNECT') fault(['method'], 'CONNECT asks for a tunnel, which cannot be probed');
  for (const [name, value] of Object.entries(options.headers)) {
    if (NOT_CONFIGURABLE.has(name.toLowerCase())) fault(['headers', name], 'cannot be set: the connection needs it');
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
  return [...faults, ...checkClientTls(options.tls, ['tls'])];
}

function create(options: HttpProbe, context: ProbeContext): Probe {
  assertNoFaults('http', check(options));
  const { clock } = context;
  const ask = requestTemplate(options, context.userAgent);
  const judge = createJudge(options);
  const client = createHttpClient(context.dialer, tlsOptions(options));

  return {
    async run({ signal, traceparent }) {
      const startedMs = clock.monotonicMs();
      const elapsedMs = () => clock.monotonicMs() - startedMs;
      const request = ask(traceparent);
      let asked = request;
      try {
        const end = await follow(client, request, options.followRedirects, signal, (next) => {
          asked = next;
        });
        const latencyMs = elapsedMs();
        return 'code' in end ? { outcome: 'UNHEALTHY', reason: end, latencyMs } : judge(end, latencyMs);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return failure(error, asked.url.host, elapsedMs());
      }
    },
    close: () => client.close(),
  };
}

/** The request of a run, but for what differs from run to run. */
function requestTemplate(options: HttpProbe, userAgent: string): (traceparent: string) => HttpRequest {
  const url = new URL(options.url);
  const authorization = credentials(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  const configured = Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const fixed = { accept: '*/*', 'user-agent': userAgent, ...(authorization && { authorization }) };
  return (traceparent) => ({
    url,
    method: options.method || DEFAULT_METHOD,
    headers: { ...fixed, traceparent, ...Object.fromEntries(configured) },
    body: options.body === '' ? undefined : options.body,
  });
}

/** The answer at the end of the redirects, or why there is none. Tells `onRequest` whom it asks. */
async function follow(
  client: HttpClient,
  first: HttpRequest,
  maxRedirects: number,
  signal: AbortSignal,
  onRequest: (request: HttpRequest) => void,
): Promise<HttpAnswer | Reason> {
  const seen = new Set<string>();
  let request = first;
  for (let redirects = 0; ; redirects++) {
    onRequest(request);
    seen.add(`${request.method} ${request.url.href}`);
    const answer = await client.exchange(request, signal);
    const location = answer.headers.get('location');
    if (maxRedirects === 0 || !isRedirect(answer.status, location)) return answer;
    const next = redirected(request, answer.status, location);
    if (next === undefined)
      return reason('PROTOCOL_ERROR', `${request.url.host} redirects to something that is no HTTP URL`);
    // Nothing that could change the answer goes along (there are no cookies), so the same request has the same end.
    if (seen.has(`${next.method} ${next.url.href}`)) {
      return reason('TOO_MANY_REDIRECTS', `${request.url.host} redirects in a loop`);
    }
    if (redirects === maxRedirects) return reason('TOO_MANY_REDIRECTS', `more than ${maxRedirects} redirects`);
    request = next;
  }
}

function createJudge(options: HttpProbe): (answer: HttpAnswer, latencyMs: number) => Observation {
  const expectedStatus = options.expectedStatus.length > 0 ? options.expectedStatus : DEFAULT_EXPECTED_STATUS;
  const ranges = expectedStatus.map(parseStatusRange);
  const wrong = compileExpectations(options.expect, {
    ...createRedactor(secretsOf(options)),
    showBody: options.showBody,
  });
  const degradedAboveMs = options.degradedAbove ? durationMs(options.degradedAbove) : Number.POSITIVE_INFINITY;

  return (answer, latencyMs) => {
    const { status, headers, bodyTruncated } = answer;
    if (!ranges.some(({ from, to }) => from <= status && status <= to)) {
      const message = `answered ${status}, expected ${expectedStatus.join(', ')}`;
      return { outcome: 'UNHEALTHY', reason: reason('UNEXPECTED_STATUS', message), latencyMs };
    }
    const bodyFault = bodyTruncated ? `the body is longer than max_body, ${MAX_BODY_BYTES} bytes` : undefined;
    const complaint = wrong({ status, headers, body: answer.body, latencyMs, ...(bodyFault && { bodyFault }) });
    if (complaint !== undefined) {
      const { message, evidence } = complaint;
      const why = { ...reason('EXPECTATION_FAILED', message), ...(evidence !== undefined && { evidence }) };
      return { outcome: 'UNHEALTHY', reason: why, latencyMs };
    }
    if (latencyMs > degradedAboveMs) {
      return {
        outcome: 'DEGRADED',
        reason: reason('SLOW', `answered ${status}, slower than ${degradedAboveMs} ms`),
        latencyMs,
      };
    }
    return { outcome: 'HEALTHY', reason: reason('OK', `answered ${status}`), latencyMs };
  };
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

/** The Authorization of the credentials in a URL (RFC 7617); empty without any, undefined when they cannot be decoded. */
function credentials(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return '';
  try {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
  } catch {
    return undefined;
  }
}

function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** What is sent and must not be shown, should the target send it back. */
function secretsOf({ url, headers, body }: HttpProbe): readonly string[] {
  const { username, password, searchParams, search } = new URL(url);
  return [username, password, search.slice(1), ...searchParams.values(), ...Object.values(headers), body];
}
