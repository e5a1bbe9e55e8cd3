import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PromqlProbe_Empty as Empty, PromqlProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { promqlProbe } from '../../src/probes/promql.ts';
import { createCertificates } from '../support/certs.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type HttpUpstream, startHttp } from '../support/upstreams/http.ts';
import { startTcp, unusedPort } from '../support/upstreams/tcp.ts';

type Options = Exclude<MessageInitShape<typeof PromqlProbeSchema>, { $typeName: string }>;

let server: HttpUpstream;
let secure: HttpUpstream;
let answer: { status: number; body: string };
const files = createTemporaryFiles();
let caFile: string;

beforeAll(async () => {
  const certificates = await createCertificates();
  caFile = files.write('ca.pem', certificates.ca);
  const serve: Parameters<typeof startHttp>[0] = (_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  };
  server = await startHttp(serve);
  secure = await startHttp(serve, { tls: certificates.server });
});
afterAll(async () => {
  await Promise.all([server.close(), secure.close()]);
  files.remove();
});

const options = (init: Options = {}) =>
  create(PromqlProbeSchema, { server: server.url, query: 'errors', healthy: 'value < 0.01', ...init });
const probe = (init?: Options) => promqlProbe.create(options(init), probeContext());
const short = ({ outcome, reason }: Observation) => `${outcome} ${reason.code}`;
const success = (data: unknown, rest: object = {}) => ({
  status: 200,
  body: JSON.stringify({ status: 'success', data, ...rest }),
});
const vector = (...rows: [Record<string, string>, string][]) =>
  success({ resultType: 'vector', result: rows.map(([metric, value]) => ({ metric, value: [1, value] })) });
/** @param time JSON */
const vectorAt = (time: string) => ({
  status: 200,
  body: `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[${time},"0"]}]}}`,
});
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const LATEST: Options = { maxAge: durationFromMs(60_000) };

describe('a result', () => {
  it.each<[string, { status: number; body: string }, Options, string]>([
    ['of one series', vector([{}, '0']), {}, 'HEALTHY OK'],
    ['of one that is not healthy', vector([{}, '0.5']), {}, 'UNHEALTHY QUERY_UNHEALTHY'],
    ['of one that is degraded', vector([{}, '0.05']), { degraded: 'value < 0.1' }, 'DEGRADED QUERY_DEGRADED'],
    ['of one that is neither', vector([{}, '0.5']), { degraded: 'value < 0.1' }, 'UNHEALTHY QUERY_UNHEALTHY'],
    ['in digits of an exponent', vector([{}, '1e-3']), {}, 'HEALTHY OK'],
    ['of two, the worse', vector([{ a: '1' }, '0'], [{ a: '2' }, '1']), {}, 'UNHEALTHY QUERY_UNHEALTHY'],
    ['of +Inf', vector([{}, '+Inf']), {}, 'UNHEALTHY QUERY_UNHEALTHY'],
    ['of -Inf', vector([{}, '-Inf']), {}, 'HEALTHY OK'],
    ['of NaN', vector([{}, 'NaN']), {}, 'UNKNOWN QUERY_UNKNOWN'],
    ['of NaN, which is nothing wrong', vector([{}, 'NaN']), { empty: Empty.HEALTHY }, 'HEALTHY OK'],
    ['of NaN beside one that fails', vector([{ a: '1' }, 'NaN'], [{ a: '2' }, '1']), {}, 'UNHEALTHY QUERY_UNHEALTHY'],
    ['of NaN beside one that is well', vector([{ a: '1' }, 'NaN'], [{ a: '2' }, '0']), {}, 'UNKNOWN QUERY_UNKNOWN'],
    ['by its labels', vector([{ env: 'test' }, '1']), { healthy: "labels.env == 'test'" }, 'HEALTHY OK'],
    ['of a label that is not there', vector([{}, '1']), { healthy: "labels.env == 'test'" }, 'UNKNOWN QUERY_UNKNOWN'],
    ['of none', vector(), {}, 'UNKNOWN QUERY_EMPTY'],
    ['of none, which is well', vector(), { empty: Empty.HEALTHY }, 'HEALTHY OK'],
    ['of none, which is not', vector(), { empty: Empty.UNHEALTHY }, 'UNHEALTHY QUERY_EMPTY'],
    ['of a scalar', success({ resultType: 'scalar', result: [1, '0'] }), {}, 'HEALTHY OK'],
    ['of a scalar that is none', success({ resultType: 'scalar', result: [1, 'NaN'] }), {}, 'UNKNOWN QUERY_UNKNOWN'],
    [
      'of a histogram',
      success({ resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] }),
      {},
      'UNKNOWN QUERY_UNKNOWN',
    ],
    ['of a matrix', success({ resultType: 'matrix', result: [] }), {}, 'UNKNOWN QUERY_REFUSED'],
    ['of a text', success({ resultType: 'string', result: [1, 'a'] }), {}, 'UNKNOWN QUERY_REFUSED'],
    ['that is none', { status: 200, body: '{}' }, {}, 'UNKNOWN QUERY_REFUSED'],
    ['that is no JSON', { status: 200, body: '<html>' }, {}, 'UNKNOWN SOURCE_FAILED'],
    ['of no time', vectorAt('null'), LATEST, 'UNKNOWN QUERY_UNKNOWN'],
    ['of a time that is a list', vectorAt(nested(90)), LATEST, 'UNKNOWN QUERY_UNKNOWN'],
    ['of a time that is an object', vectorAt('{"toString":1,"valueOf":1}'), LATEST, 'UNKNOWN QUERY_UNKNOWN'],
    ['of a time as a text', vectorAt('"1"'), LATEST, 'HEALTHY OK'],
    ['that is nested too deep', vectorAt(nested(20_000)), {}, 'UNKNOWN SOURCE_FAILED'],
    ['that is too long', { status: 200, body: ' '.repeat(9 * 2 ** 20) }, {}, 'UNKNOWN SOURCE_FAILED'],
    [
      'that is a wrong query',
      { status: 400, body: '{"status":"error","errorType":"bad_data"}' },
      {},
      'UNKNOWN QUERY_REFUSED',
    ],
    ['that failed', { status: 422, body: '{"status":"error","error":"too many"}' }, {}, 'UNKNOWN QUERY_REFUSED'],
    ['that came too late', { status: 503, body: '{"status":"error"}' }, {}, 'UNKNOWN SOURCE_FAILED'],
    ['of a server that wants credentials', { status: 401, body: '' }, {}, 'UNKNOWN REQUEST_REFUSED'],
  ])('%s', async (_what, given, init, expected) => {
    answer = given;
    expect(short(await look(probe(init)))).toBe(expected);
  });

  it('of a server that warns is not all, unless it is bad enough', async () => {
    const result = (value: string) => ({ resultType: 'vector', result: [{ metric: {}, value: [1, value] }] });
    answer = success(result('0'), { warnings: ['a store is gone'] });
    expect(await look(probe())).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'QUERY_PARTIAL', evidence: 'warning: a store is gone; the result is 0' },
    });
    answer = success(result('1'), { warnings: ['a store is gone'] });
    expect(short(await look(probe()))).toBe('UNHEALTHY QUERY_UNHEALTHY');
    answer = success(result('0'), { isPartial: true });
    expect(await look(probe())).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'QUERY_PARTIAL', evidence: 'warning: isPartial; the result is 0' },
    });
    answer = success(result('0'), { isPartial: false });
    expect(short(await look(probe()))).toBe('HEALTHY OK');
    answer = success(result('0'), { infos: ['metric might not be a counter'] });
    expect(short(await look(probe()))).toBe('HEALTHY OK');
  });
});

it('names its series by their labels, or by those that are asked for', async () => {
  answer = vector(
    [{ __name__: 'up', job: 'node', instance: 'a/b:9' }, '0'],
    [{ __name__: 'up', job: 'node', instance: 'c' }, '1'],
  );
  const parts = async (init: Options) => (await look(probe(init))).parts?.map(({ name, outcome }) => [name, outcome]);
  expect(await parts({})).toEqual([
    ['instance=a-b:9 job=node', 'HEALTHY'],
    ['instance=c job=node', 'UNHEALTHY'],
  ]);
  expect(await parts({ partLabels: ['instance'] })).toEqual([
    ['a-b:9', 'HEALTHY'],
    ['c', 'UNHEALTHY'],
  ]);
  // Of one name the worse counts.
  expect(await parts({ partLabels: ['job'] })).toEqual([['node', 'UNHEALTHY']]);
  answer = vector([{}, '0']);
  expect(await parts({})).toEqual([]);
});

it('asks as it is told', async () => {
  answer = vector([{}, '0']);
  const init = {
    server: `${server.url.replace('//', '//me:s3cr3t@')}prometheus/`,
    query: 'sum(rate(x[5m])) / 2',
    headers: { 'X-Scope-OrgID': 'shop' },
  };
  await look(probe(init));
  const { method, path, body, headers } = server.requests.at(-1)!;
  expect([method, path, body]).toEqual([
    ...['POST', '/prometheus/api/v1/query'],
    'query=sum%28rate%28x%5B5m%5D%29%29+%2F+2&timeout=4900ms',
  ]);
  expect(headers).toMatchObject({ 'x-scope-orgid': 'shop', authorization: `Basic ${btoa('me:s3cr3t')}` });
});

it('verifies whom it asks', async () => {
  answer = vector([{}, '0']);
  expect(short(await look(probe({ server: secure.url, tls: { caFile } })))).toBe('HEALTHY OK');
  expect(short(await look(probe({ server: secure.url })))).toBe('UNKNOWN SOURCE_FAILED');
});

it('is UNKNOWN where nobody answers, also where that takes as long as it may', async () => {
  expect(short(await look(probe({ server: `http://127.0.0.1:${await unusedPort()}` })))).toBe('UNKNOWN SOURCE_FAILED');
  const silent = await startTcp();
  const subject = probe({ server: `http://${silent.target}` });
  try {
    expect(await subject.run({ ...probeRun(), timeoutMs: 50 })).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'SOURCE_FAILED', message: `${silent.target} does not answer in time` },
    });
    await silent.idle();
    const stop = new AbortController();
    const run = subject.run(probeRun(stop.signal));
    await silent.acceptedAtLeast(2);
    stop.abort(new Error('no longer wanted'));
    await expect(run).rejects.toThrow('no longer wanted');
    await silent.idle();
  } finally {
    await subject.close();
    await silent.close();
  }
});

it.each<[Options, string, string]>([
  [{ server: 'ftp://a' }, 'server', 'must be an http:// or https:// URL'],
  [{ server: 'http://a', tls: {} }, 'tls', 'has no effect on an http:// URL: make it https:// or take tls out'],
  [{ healthy: 'value = 1' }, 'healthy', 'does not compile, at 1:7: write == to compare'],
  [{ degraded: "value == '1'" }, 'degraded', expect.stringContaining('compares a number with a text') as never],
  [{ healthy: 'status < 1' }, 'healthy', 'does not compile: it names what there is not; there are value, labels'],
  [{ headers: { 'a b': 'c' } }, 'headers.a b', expect.stringContaining('is no header') as never],
])('refuses %j', (init, field, message) => {
  const faults = promqlProbe.check(options(init)).map(({ path, message: said }) => [path.join('.'), said]);
  expect(faults).toEqual([[field, message]]);
});

const PROMETHEUS = process.env.PROMETHEUS ?? 'prometheus';
const PROMTOOL = PROMETHEUS.includes('/') ? join(dirname(PROMETHEUS), 'promtool') : 'promtool';
const run = promisify(execFile);
const hasPrometheus = await Promise.all([PROMETHEUS, PROMTOOL].map((program) => run(program, ['--version']))).then(
  () => true,
  () => false,
);
(hasPrometheus ? describe : describe.skip)('a real Prometheus', () => {
  let url: string;
  let end: () => Promise<unknown>;
  beforeAll(async () => {
    const directory = files.path('prometheus');
    // A sample of two minutes ago.
    const at = Math.floor(Date.now() / 1000) - 120;
    const samples = files.write('samples.txt', `# TYPE old gauge\nold{a="b"} 1 ${at}\n# EOF\n`);
    await run(PROMTOOL, ['tsdb', 'create-blocks-from', 'openmetrics', samples, directory]);
    const config = files.write('prometheus.yml', '{}');
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${directory}`, '--web.listen-address=127.0.0.1:0'];
    const child = spawn(PROMETHEUS, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(child, 'exit');
    end = () => {
      child.kill('SIGKILL');
      return exited;
    };
    let port: string | undefined;
    let isReady = false;
    // The two come in any order.
    for await (const line of createInterface(child.stderr!)) {
      port ??= /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      isReady ||= /Server is ready/.test(line);
      if (isReady && port !== undefined) break;
    }
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => end());

  it('has samples that may be too old', async () => {
    const asked = { server: url, query: 'old', healthy: 'value == 1.0' };
    expect(short(await look(probe(asked)))).toBe('HEALTHY OK');
    expect(short(await look(probe({ ...asked, maxAge: durationFromMs(60_000) })))).toBe('UNKNOWN QUERY_UNKNOWN');
  });

  it.each<[string, string, string]>([
    ['vector(1)', 'value == 1.0', 'HEALTHY OK'],
    ['1 + 1', 'value == 2.0', 'HEALTHY OK'],
    ['vector(0) / 0', 'value < 1.0', 'UNKNOWN QUERY_UNKNOWN'],
    ['vector(1) / 0', 'value < 1.0', 'UNHEALTHY QUERY_UNHEALTHY'],
    ['up', 'value == 1.0', 'UNKNOWN QUERY_EMPTY'],
    ['up[5m]', 'value == 1.0', 'UNKNOWN QUERY_REFUSED'],
    ['up[', 'value == 1.0', 'UNKNOWN QUERY_REFUSED'],
    ['label_replace(vector(1), "a", "b", "", "") or vector(1) or vector(2)', 'value == 1.0', 'HEALTHY OK'],
  ])('%s', async (query, healthy, expected) => {
    expect(short(await look(probe({ server: url, query, healthy, maxAge: durationFromMs(60_000) })))).toBe(expected);
  });
});
