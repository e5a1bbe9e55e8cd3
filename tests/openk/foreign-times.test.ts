// A time that RFC 3339 does not have, or a duration that protobuf's JSON does not, is refused by the name of its field in every form that takes
// it as text, though the reader of protobuf takes it.
import '../support/one-realm.ts';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findTimeFault } from '../../src/calls/json-values.ts';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const METHODS = [
  ['GetHealth', 'at', '/v1/components/job/health'],
  ['ListTransitions', 'from', '/v1/components/job/transitions'],
  ['ListTransitions', 'to', '/v1/components/job/transitions'],
  ['GetAvailability', 'from', '/v1/components/job/availability'],
  ['GetAvailability', 'to', '/v1/components/job/availability'],
] as const;
const NO_HOUR = 'the hour is 00 to 23: write 00:00 of the next day';
const MISSING = [
  ['2026-02-30T00:00:00Z', '2026-02-30 is no day of the calendar'],
  ['2025-02-29T12:00:00+01:00', '2025-02-29 is no day of the calendar'],
  ['2026-04-31T00:00:00.5Z', '2026-04-31 is no day of the calendar'],
  ['2026-11-30T24:00:00Z', NO_HOUR],
  ['2026-11-15T24:00:00.000Z', NO_HOUR],
  ['2026-11-15T24:00:00+01:00', NO_HOUR],
] as const;
const DURATIONS = [
  ['GetAvailability', 'window', '/v1/components/job/availability'],
  ['GetAvailability', 'step', '/v1/components/job/availability'],
] as const;

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
      for (const [time, fault] of MISSING) {
        expect(await ask(method, path, field, time)).toContain(`${field}: ${fault}`);
      }
      for (const time of ['2024-02-29T00:00:00Z', '2026-11-15T23:59:59Z']) {
        expect(await ask(method, path, field, time)).not.toMatch(/calendar|hour/);
      }
    },
  );

  it.each(FORMS.flatMap(([form, ask]) => DURATIONS.map((method) => [form, ...method, ask] as const)))(
    '%s: %s, %s',
    async (_form, method, field, path, ask) => {
      for (const duration of ['3600sx', '3600s ', '3600.5s1', '3600ss']) {
        expect(await ask(method, path, field, duration)).toMatch(new RegExp(`\\b${field}: must be a duration`));
      }
      expect(await ask(method, path, field, '3600.5s')).not.toContain('must be a duration');
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
  ['2026-12-31T24:00:00Z', false],
  ['2026-12-31T23:59:59Z', true],
  ['no time', true],
])('%s: %s', (time, isThere) => {
  expect(findTimeFault(time) === undefined).toBe(isThere);
});
