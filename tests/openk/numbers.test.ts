// Numbers in strings of JSON are decimal (protobuf.dev/programming-guides/json): every way in refuses another form in the same
// words, by the name of the field, and takes what the mapping has.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const REFUSED = ['0x10', '0b1', '0o7', ' 1', '1 ', '+1', '\u00a01', '1\t', ' ', '\u00a0', '', '1.5', 'one'];
const TAKEN = ['1', '0', '01', '-0'];
const WORDS = 'must be a whole number in decimal';
const SERVICE = '/openk.health.v1.HealthService';

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(
      `{ server: { pipeline: ${pipeline} }, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
    );
  });
  afterAll(() => openk.close());

  /** What is answered first; streams that are taken go on. */
  async function ask(path: string, contentType?: string, body?: string | Buffer<ArrayBuffer>): Promise<string> {
    const stop = new AbortController();
    const post = { method: 'POST', headers: { 'content-type': contentType ?? '' }, body: body ?? '' };
    const response = await fetch(openk.address + path, { ...(contentType && post), signal: stop.signal });
    let answer = decodeURIComponent(response.headers.get('grpc-message') ?? '');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      answer += read.value;
      if (/"(?:snapshot|keepAlive)"/.test(answer)) break;
    }
    stop.abort();
    return answer.includes('%20') ? decodeURIComponent(answer) : answer;
  }

  const json = (field: string, number: unknown) => JSON.stringify({ [field]: number });
  const escaped = (field: string, number: string) =>
    `{"${field}":"${[...number].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`;
  /** A query names a field as its writer does. */
  const query = (field: string, number: string) => `${field}=${encodeURIComponent(number)}`;
  const get = (message: string) => `encoding=json&message=${encodeURIComponent(message)}`;

  const PAGE = ['pageSize', 'page_size'] as const;
  const REVISION = ['sinceRevision', 'since_revision'] as const;
  type Ask = (field: string, number: string) => Promise<string>;
  const WAYS: readonly (readonly [string, readonly [string, string], Ask])[] = [
    ['Connect', PAGE, (field, n) => ask(`${SERVICE}/ListComponents`, 'application/json', json(field, n))],
    [
      'Connect with escapes',
      PAGE,
      (field, n) => ask(`${SERVICE}/ListComponents`, 'application/json', escaped(field, n)),
    ],
    ['Connect GET', PAGE, (field, n) => ask(`${SERVICE}/ListComponents?connect=v1&${get(json(field, n))}`)],
    [
      'gRPC-Web',
      PAGE,
      (field, n) =>
        ask(`${SERVICE}/ListComponents`, 'application/grpc-web+json', envelope(Buffer.from(json(field, n)))),
    ],
    ['a body of REST', PAGE, (field, n) => ask('/v1/components:list', 'application/json', json(field, n))],
    ['a query of REST', ['page_size', 'page_size'], (field, n) => ask(`/v1/components?${query(field, n)}`)],
    [
      'a stream of Connect',
      REVISION,
      (field, n) => ask(`${SERVICE}/WatchHealth`, 'application/connect+json', envelope(Buffer.from(json(field, n)))),
    ],
    [
      'a stream of gRPC-Web',
      REVISION,
      (field, n) => ask(`${SERVICE}/WatchHealth`, 'application/grpc-web+json', envelope(Buffer.from(json(field, n)))),
    ],
    ['a body of REST, streamed', REVISION, (field, n) => ask('/v1/health:watch', 'application/json', json(field, n))],
    [
      'a query of REST, streamed',
      ['since_revision', 'since_revision'],
      (field, n) => ask(`/v1/health:watch?${query(field, n)}`),
    ],
  ];

  describe.each(WAYS)('by %s', (way, [jsonName, name], send) => {
    it.each(REFUSED)('%j is refused', async (number) => {
      const answer = await send(jsonName, number);
      expect(answer).toContain(`${name}: ${WORDS}`);
      // By gRPC-Web the details are not in plain text.
      if (!way.includes('gRPC-Web')) expect(answer).toMatch(new RegExp(`"field": ?"${name}"`));
    });

    it.each(TAKEN)('%j is taken', async (number) => {
      expect(await send(jsonName, number)).not.toContain(name);
    });
  });

  it.each(['5', '1e1', '10.0'])('the number %s is taken as it is', async (number) => {
    const answer = await ask(`${SERVICE}/ListComponents`, 'application/json', `{"pageSize":${number}}`);
    expect(JSON.parse(answer)).toHaveProperty('components');
  });
});
