// What two dozen libraries really answered (tests/fixtures/health-bodies.json), from small programs of ours on loopback, each
// through the probe: it concludes what was known of the program then.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpProbe_HealthBody, HttpProbeSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import { createBodyReader } from '../../../src/probes/health-body/read-health-body.ts';
import { eachPart } from '../../../src/probes/health-body/verdict.ts';
import { httpProbe } from '../../../src/probes/http.ts';
import { look, probeContext } from '../../support/probe-run.ts';
import { type HttpUpstream, startHttp } from '../../support/upstreams/http.ts';

interface Recorded {
  readonly http_status: number;
  /** Null: the header was missing. */
  readonly content_type: string | null;
  readonly body: string;
  /** Left out: nothing should be concluded. */
  readonly means?: {
    readonly status: string;
    readonly phase?: string;
    readonly components: Readonly<Record<string, string>>;
  };
}

const file = join(import.meta.dirname, '../../fixtures/health-bodies.json');
const recorded = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Recorded>>);
let upstream: HttpUpstream;

beforeAll(async () => {
  const answers = new Map(recorded);
  upstream = await startHttp((request, response) => {
    const answer = answers.get(decodeURIComponent(request.url!.slice(1)))!;
    if (answer.content_type !== null) response.setHeader('content-type', answer.content_type);
    response.writeHead(answer.http_status);
    response.end(answer.body);
  });
});
afterAll(() => upstream.close());

function observe(name: string) {
  const url = `${upstream.url}${encodeURIComponent(name)}`;
  return look(
    httpProbe.create(create(HttpProbeSchema, { url, healthBody: HttpProbe_HealthBody.AUTO }), probeContext()),
  );
}

/** What only the run could tell is not in the body. */
const PHASES: Readonly<Record<string, string>> = {
  stopping: 'stopping',
  starting: 'starting',
  'starting or stopping': 'starting or stopping',
  'not started': 'not started',
  'the request was refused': 'refuses the request',
};
/** The same answers came from programs that were not stopping. */
const SAME_AS_OUT_OF_SERVICE = /^spring-boot.*shutting-down-management-port/;

describe('a recorded answer', () => {
  it.each(recorded.map(([name]) => name))('%s', async (name) => {
    const { means } = recorded.find(([known]) => known === name)![1];
    const { outcome, reason } = await observe(name);
    expect(outcome).toBe(means?.status ?? 'UNKNOWN');
    const phase = means?.phase === undefined ? undefined : PHASES[means.phase];
    if (phase !== undefined && !SAME_AS_OUT_OF_SERVICE.test(name)) expect(reason.message).toContain(phase);
  });

  it.each(recorded.map(([name]) => name))('has the parts of %s', (name) => {
    const {
      http_status: status,
      content_type: contentType,
      body,
      means,
    } = recorded.find(([known]) => known === name)![1];
    // What is refused is not read.
    if (status === 406) return;
    const reading = createBodyReader('AUTO')({
      text: body,
      contentType: contentType ?? undefined,
      isFailing: status >= 500 && status !== 501,
    });
    const parts = 'parts' in reading ? [...eachPart(reading.parts)] : [];
    expect(Object.fromEntries(parts.map(([path, { word }]) => [path, word.verdict]))).toEqual(means?.components ?? {});
  });

  it('is asked for as all of them answer', async () => {
    await observe(recorded[0]![0]);
    expect(upstream.requests.at(-1)).toMatchObject({
      method: 'GET',
      headers: { accept: 'application/json, */*;q=0.1' },
    });
  });
});
