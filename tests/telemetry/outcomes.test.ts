// The table "way in x outcome": each call, however it comes in and however it ends, is one observation with the right
// attributes, by the pipeline and by Connect's own handlers alike. What is no call is an observation of HTTP.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isServerError } from '../../src/telemetry/calls/call-outcome.ts';
import { envelope } from '../support/envelope.ts';
import { send, WAYS, type Way, type WayRequest } from './call-ways.ts';
import {
  BROKEN,
  grown,
  MISSING,
  type ObservedServer,
  REQUEST_BYTES,
  startObservedServer,
  WAITING,
  WELL,
} from './observed-server.ts';

const CALLS = 'rpc_server_call_duration_seconds_count';
const REQUESTS = 'http_server_request_duration_seconds_count';
const SERVICE = 'openk.health.v1.HealthService';
const OTHER = '_OTHER';

/** How one call is made, and what is to be seen of it. */
interface Case {
  readonly outcome: string;
  readonly request: WayRequest;
  readonly code: string;
  /** Default: the one of the way. */
  readonly method?: string;
  readonly protocol?: Way['protocol'];
  /** The caller goes away when the handler waits, or before it has sent the whole request. */
  readonly cancels?: 'waiting' | 'halfway';
  readonly drains?: true;
}

const REPORT = `${SERVICE}/ReportHealth`;

function casesOf(way: Way): readonly Case[] {
  const well = way.call(WELL);
  const isRest = way.protocol === 'rest';
  const hasBody = well.body !== undefined;
  const method = isRest ? OTHER : way.method;
  const withHeaders = (headers: Readonly<Record<string, string>>, request = well) => ({
    ...request,
    headers: { ...request.headers, ...headers },
  });
  const reportByRest = (headers: Readonly<Record<string, string>>, body: string): WayRequest => ({
    httpMethod: 'POST',
    path: `/v1/components/${WELL}:report`,
    headers,
    body: Buffer.from(body),
  });
  const tooLarge = 'x'.repeat(2 * REQUEST_BYTES);
  const cases: (Case | false | undefined)[] = [
    { outcome: 'OK', request: well, code: 'OK' },
    { outcome: 'an error of the client', request: way.call(MISSING), code: 'NOT_FOUND' },
    { outcome: 'a defect', request: way.call(BROKEN), code: 'INTERNAL' },
    { outcome: 'an invalid message', request: way.call('not~valid'), code: 'INVALID_ARGUMENT' },
    way.deadline && {
      outcome: 'the deadline',
      request: withHeaders(way.deadline(20), way.call(WAITING)),
      code: 'DEADLINE_EXCEEDED',
    },
    { outcome: 'a caller who goes away', request: way.call(WAITING), code: 'CANCELLED', cancels: 'waiting' },
    hasBody && {
      outcome: 'a caller who goes away before the whole request is there',
      request: { ...well, isHalf: true },
      code: 'CANCELLED',
      cancels: 'halfway',
    },
    {
      outcome: 'a Host that is none',
      request: withHeaders({ host: 'host:port:port' }),
      method,
      // To gRPC an authority has no meaning.
      code: way.protocol === 'grpc' ? 'OK' : 'INVALID_ARGUMENT',
    },
    { outcome: 'a server that drains', request: well, code: 'UNAVAILABLE', drains: true },
    hasBody && {
      outcome: 'a message that is none',
      request: { ...well, body: garbage(way) },
      method,
      // Connect has INTERNAL for it, as if the server were at fault.
      code: 'INVALID_ARGUMENT',
    },
    hasBody && {
      outcome: 'a body that is too large',
      request: way.call(tooLarge),
      method,
      code: 'RESOURCE_EXHAUSTED',
    },
    isRest && {
      outcome: 'a body that is too large',
      request: reportByRest({ 'content-type': 'application/json' }, JSON.stringify({ message: tooLarge })),
      method: REPORT,
      code: 'RESOURCE_EXHAUSTED',
    },
    {
      outcome: 'a method of HTTP that is not taken',
      request: { ...well, httpMethod: 'PUT' },
      method,
      code: 'UNIMPLEMENTED',
    },
    way.wrongContentType !== undefined && {
      outcome: 'a content type that is not taken',
      request: withHeaders({ 'content-type': way.wrongContentType }),
      method,
      code: 'INVALID_ARGUMENT',
    },
    isRest && {
      outcome: 'a content type that is not taken',
      request: reportByRest({ 'content-type': 'text/plain' }, '{}'),
      method: REPORT,
      code: 'INVALID_ARGUMENT',
    },
    !isRest && {
      outcome: 'a method that is not there',
      request: { ...well, path: well.path.replace(/Health(?=\?|$)/, 'Nothing') },
      method: OTHER,
      code: 'UNIMPLEMENTED',
    },
    !isRest && {
      outcome: 'a service that is not there',
      request: { ...well, path: well.path.replace(SERVICE, 'acme.Nothing') },
      method: OTHER,
      code: 'UNIMPLEMENTED',
    },
    // REST's own answer: google.rpc.Code NOT_FOUND.
    isRest && {
      outcome: 'a path that is not there',
      request: { ...well, path: '/v1/nothing' },
      method,
      code: 'NOT_FOUND',
    },
  ];
  return cases.filter((each) => typeof each === 'object');
}

const TABLE = WAYS.flatMap((way) => casesOf(way).map((each) => ({ way, each, title: `${way.name}: ${each.outcome}` })));

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let open: ObservedServer;
  let draining: ObservedServer;
  let seen = 0;
  beforeAll(async () => {
    open = await startObservedServer({ pipeline });
    draining = await startObservedServer({ pipeline });
    draining.drain();
  });
  afterAll(async () => {
    await open.close();
    await draining.close();
  });

  const test =
    ({ way, each }: (typeof TABLE)[number]) =>
    async () => {
      const server = each.drains ? draining : open;
      const before = await server.scrape();
      await run(server, way, each);
      const after = await server.scrape();
      const protocol = each.protocol ?? way.protocol;
      const labels = [
        ...(isServerError(each.code) ? [`error_type=${each.code}`] : []),
        `openk_protocol=${protocol}`,
        `rpc_method=${each.method ?? way.method}`,
        `rpc_response_status_code=${each.code}`,
        `rpc_status_code=${each.code}`,
        `rpc_system_name=${protocol.startsWith('grpc') ? 'grpc' : 'connectrpc'}`,
      ];
      const calls = grown(before, after, CALLS);
      if (server === open) seen += sum(Object.values(calls));
      expect(calls).toEqual({ [labels.join(' ')]: 1 });
      expect(grown(before, after, REQUESTS)).toEqual({});
    };
  for (const row of TABLE) {
    it(row.title, test(row));
  }

  /** What has a page, and what has none: HTTP, and no calls. */
  it.each([
    ['GET', '/livez', 200],
    ['GET', '/healthz/nobody', 404],
    ['GET', '/metrics', 200],
    ['GET', '/nothing', 404],
    ['POST', '/nothing', 404],
    ['PUT', '/livez', 405],
    ['POST', '/metrics', 405],
  ])('%s %s is no call', async (httpMethod, path, httpStatus) => {
    const before = await open.scrape();
    expect(await send(open.url, 1, { httpMethod, path, headers: {} })).toBe(httpStatus);
    await open.quiet();
    const after = await open.scrape();
    const calls = grown(before, after, CALLS);
    seen += sum(Object.values(calls));
    expect(calls).toEqual({});
    const labels = [`http_request_method=${httpMethod}`, `http_response_status_code=${httpStatus}`, 'url_scheme=http'];
    expect(grown(before, after, REQUESTS)).toEqual({ [labels.join(' ')]: 1 });
  });

  it('counts nothing late, and no call as open', async () => {
    const { find } = await open.scrape();
    expect(sum(find(CALLS).map(({ value }) => value))).toBe(seen);
    for (const { value } of find('openk_rpc_calls_in_flight')) expect(value).toBe(0);
    for (const { value } of find('openk_watch_streams')) expect(value).toBe(0);
  });
});

/** Makes the call, and waits until nothing of it is left. */
async function run(server: ObservedServer, way: Way, { request, cancels }: Case): Promise<void> {
  if (!cancels) {
    await send(server.url, way.httpVersion, request);
  } else {
    const cancel = new AbortController();
    const sent = send(server.url, way.httpVersion, request, cancel.signal);
    await (cancels === 'waiting' ? server.callWaits() : server.callOpens());
    cancel.abort();
    await sent;
  }
  await server.quiet();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Bytes in the frame that the way has around its messages, and no message. */
function garbage({ protocol, method }: Way): Uint8Array {
  const message = Buffer.from('{wrong');
  return protocol === 'connect' && method.endsWith('GetHealth') ? message : envelope(message);
}
