// The probe `http` with `health_body`: how what the body says goes with everything else that is asked of an answer.
import type { RequestListener } from 'node:http';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpProbe_HealthBody, HttpProbeSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { httpProbe } from '../../../src/probes/http.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { look, probeContext } from '../../support/probe-run.ts';
import { type HttpUpstream, startHttp } from '../../support/upstreams/http.ts';

type Options = Omit<MessageInitShape<typeof HttpProbeSchema>, '$typeName'>;

const started: HttpUpstream[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((upstream) => upstream.close()));
});

async function server(handler: RequestListener) {
  const upstream = await startHttp(handler);
  started.push(upstream);
  return upstream;
}

const answering = (status: number, body: string | Buffer, headers = {}) =>
  server((_request, response) => response.writeHead(status, headers).end(body));

function ask({ url }: HttpUpstream, options: Options = {}, context = probeContext()) {
  const { AUTO } = HttpProbe_HealthBody;
  return look(httpProbe.create(create(HttpProbeSchema, { url, healthBody: AUTO, ...options }), context));
}

async function verdict(upstream: HttpUpstream, options?: Options) {
  const { outcome, reason } = await ask(upstream, options);
  return `${outcome} ${reason.code}`;
}

describe('health_body', () => {
  it('is read of an answer whose status is not expected', async () => {
    const upstream = await answering(503, '{"status":"DOWN","components":{"db":{"status":"DOWN"}}}');
    expect(await ask(upstream)).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'BODY_SAYS_UNHEALTHY', message: 'answered 503; its body says UNHEALTHY: db' },
      latencyMs: expect.any(Number),
    });
    expect(await verdict(upstream, { healthBody: HttpProbe_HealthBody.UNSPECIFIED })).toBe(
      'UNHEALTHY UNEXPECTED_STATUS',
    );
  });

  it('alone decides where the status is expected', async () => {
    const upstream = await answering(503, '{"status":"degraded"}');
    expect(await verdict(upstream)).toBe('UNHEALTHY UNEXPECTED_STATUS');
    expect(await verdict(upstream, { expectedStatus: ['200-299', '503'] })).toBe('DEGRADED BODY_SAYS_DEGRADED');
  });

  it.each<[string, Options]>([
    ['that is slow', { degradedAbove: durationFromMs(0) }],
    ['that an expression does not hold of', { expect: ['json.status == "DOWN"'] }],
    ['that is well', {}],
    ['whose status is not expected', { expectedStatus: ['204'] }],
  ])('says how the parts are, also in an answer %s', async (_which, options) => {
    const upstream = await answering(200, '{"status":"UP","components":{"db":{"status":"UP"}}}');
    expect((await ask(upstream, options)).parts).toMatchObject([{ name: 'db', outcome: 'HEALTHY' }]);
  });

  it('goes with expressions and with the latency: the worst counts', async () => {
    const good = await answering(200, '{"status":"UP"}');
    expect(await verdict(good, { expect: ['json.status == "UP"'] })).toBe('HEALTHY OK');
    expect(await verdict(good, { expect: ['json.status == "DOWN"'] })).toBe('UNHEALTHY EXPECTATION_FAILED');
    expect(await verdict(good, { degradedAbove: durationFromMs(0.000_001) })).toBe('DEGRADED SLOW');
    // Nothing is worse, so the first that is to be said is said.
    const bad = await answering(200, '{"status":"DOWN"}');
    expect(await verdict(bad, { expect: ['json.status == "UP"'] })).toBe('UNHEALTHY BODY_SAYS_UNHEALTHY');
    const degraded = await answering(200, '{"status":"degraded"}');
    expect(await verdict(degraded, { expect: ['json.status == "x"'] })).toBe('UNHEALTHY EXPECTATION_FAILED');
    expect(await verdict(degraded, { degradedAbove: durationFromMs(0.000_001) })).toBe('DEGRADED BODY_SAYS_DEGRADED');
  });

  it('is asked for as every framework answers, unless the user asks in another way', async () => {
    const upstream = await answering(200, '{"status":"UP"}');
    await ask(upstream);
    await ask(upstream, { headers: { Accept: 'application/health+json' } });
    expect(upstream.requests.map(({ headers }) => headers.accept)).toEqual([
      'application/json, */*;q=0.1',
      'application/health+json',
    ]);
  });

  it('is asked for by a method that has a body in its answer', () => {
    const options = create(HttpProbeSchema, {
      url: 'http://a/',
      method: 'HEAD',
      healthBody: HttpProbe_HealthBody.SPRING,
    });
    expect(httpProbe.check(options)).toEqual([
      { path: ['health_body'], message: 'asks for a body, and the answer to a HEAD has none: leave method out' },
    ]);
  });

  it('that is longer than max_body, or no text, is not guessed', async () => {
    const long = await answering(200, `{"status":"UP","x":"${'a'.repeat(2000)}"}`);
    expect(await ask(long, { maxBody: 1000 })).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'BODY_UNREADABLE', message: 'answered 200; the body is longer than max_body, 1000 bytes' },
    });
    const binary = await answering(200, Buffer.from([0xff, 0xfe, 0x00]));
    expect(await verdict(binary)).toBe('UNKNOWN BODY_UNREADABLE');
    const gone = await answering(503, Buffer.from([0xff, 0xfe, 0x00]));
    expect(await verdict(gone)).toBe('UNHEALTHY UNEXPECTED_STATUS');
  });

  it('shows a word that is not known, and what else it says only where the body may be shown, without secrets', async () => {
    const odd = await answering(200, '{"status":"borked s3cret-token"}');
    expect((await ask(odd, { headers: { 'X-Key': 's3cret-token' } })).reason).toMatchObject({
      code: 'BODY_SAYS_UNKNOWN',
      evidence: 'it says "borked [redacted]"',
    });
    const upstream = await answering(
      200,
      '{"status":"UP","checks":{"db":{"status":"DOWN","error":"no s3cret-token"}}}',
    );
    expect((await ask(upstream)).reason.evidence).toBeUndefined();
    const shown = await ask(upstream, { showBody: true, headers: { 'X-Key': 's3cret-token' } });
    expect(shown.reason.evidence).toBe('db: no [redacted]');
  });

  it('tells when the evidence is old', async () => {
    const upstream = await answering(200, '[{"name":"db","healthy":true,"timestamp":"2026-11-28T01:00:00Z"}]');
    const clock = createFakeClock(Date.parse('2026-11-28T01:04:00Z'));
    const context = probeContext({ clock: { ...probeContext().clock, nowMs: clock.nowMs } });
    expect((await ask(upstream, {}, context)).reason.evidence).toBeUndefined();
    clock.advance(120_000);
    expect(await ask(upstream, {}, context)).toMatchObject({
      outcome: 'HEALTHY',
      reason: { evidence: 'a part was looked at on 2026-11-28T01:00:00.000Z' },
    });
  });
});
