// A time on a day that the calendar does not have is refused, by the name of its field, in every form that takes times as text.
import '../support/one-realm.ts';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findDayFault } from '../../src/calls/json-values.ts';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const METHODS = [
  ['GetHealth', 'at', '/v1/components/job/health'],
  ['ListTransitions', 'from', '/v1/components/job/transitions'],
  ['ListTransitions', 'to', '/v1/components/job/transitions'],
  ['GetAvailability', 'from', '/v1/components/job/availability'],
  ['GetAvailability', 'to', '/v1/components/job/availability'],
] as const;
const MISSING = ['2026-02-30T00:00:00Z', '2025-02-29T12:00:00+01:00', '2026-04-31T00:00:00.5Z'];

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(
      `{ server: { pipeline: ${pipeline} }, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
    );
  });
  afterAll(() => openk.close());

  const post = async (method: string, contentType: string, body: Buffer<ArrayBuffer>, headers = {}) =>
    (
      await fetch(`${openk.address}/openk.health.v1.HealthService/${method}`, {
        method: 'POST',
        headers: { 'content-type': contentType, ...headers },
        body,
      })
    ).text();
  const FORMS: readonly [string, (method: string, path: string, field: string, time: string) => Promise<string>][] = [
    [
      'REST query',
      async (_method, path, field, time) =>
        (await fetch(`${openk.address}${path}?${field}=${encodeURIComponent(time)}`)).text(),
    ],
    [
      'Connect JSON',
      (method, _path, field, time) => post(method, 'application/json', Buffer.from(JSON.stringify({ [field]: time }))),
    ],
    [
      'Connect JSON with escapes',
      (method, _path, field, time) =>
        post(method, 'application/json', Buffer.from(`{"${field}":"${time.replaceAll('-', '\\u002d')}"}`)),
    ],
    [
      'Connect JSON, compressed',
      (method, _path, field, time) =>
        post(method, 'application/json', gzipSync(JSON.stringify({ [field]: time })) as Buffer<ArrayBuffer>, {
          'content-encoding': 'gzip',
        }),
    ],
    [
      'gRPC-Web JSON',
      (method, _path, field, time) =>
        // The message is percent-encoded.
        post(method, 'application/grpc-web+json', envelope(Buffer.from(JSON.stringify({ [field]: time })))).then(
          decodeURIComponent,
        ),
    ],
  ];

  it.each(FORMS.flatMap(([form, ask]) => METHODS.map((method) => [form, ...method, ask] as const)))(
    '%s: %s, %s',
    async (_form, method, field, path, ask) => {
      for (const time of MISSING) {
        const answer = await ask(method, path, field, time);
        expect(answer).toMatch(new RegExp(`\\b${field}: ${time.slice(0, 10)} is no day of the calendar`));
      }
      expect(await ask(method, path, field, '2024-02-29T00:00:00Z')).not.toContain('calendar');
    },
  );
});

it.each([
  ['2024-02-29T00:00:00Z', true],
  ['2000-02-29T00:00:00Z', true],
  ['1900-02-29T00:00:00Z', false],
  ['2026-06-31T00:00:00Z', false],
  ['2026-12-31T00:00:00Z', true],
  ['2026-13-01T00:00:00Z', true],
  ['no time', true],
])('%s: %s', (time, isThere) => {
  expect(findDayFault(time) === undefined).toBe(isThere);
});
