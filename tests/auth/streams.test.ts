// What is open in the name of a credential ends with it, whatever protocol it is of; what is open in the name of another stays.
import { createHash } from 'node:crypto';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { openTransports, type Transports } from './ways.ts';

const entry = (secret: string) =>
  `    - { id: ${secret}, sha256: "${createHash('sha256').update(secret).digest('hex')}", allow: [READ] }\n`;
const config = (pipeline: boolean, ...secrets: string[]) => `
server: { pipeline: ${pipeline} }
auth:
  keys:
${secrets.map(entry).join('')}
components:
  - { id: backup, heartbeat: { period: 1h } }
`;

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  let transports: Transports;
  beforeAll(async () => {
    openk = await runOpenk(config(pipeline, 'leaves', 'stays'));
    transports = openTransports(openk.address);
  });
  afterAll(async () => {
    transports.close();
    await openk.close();
  });

  it('by a reload that takes a key away', async () => {
    const controller = new AbortController();
    const options = (secret: string) => ({
      headers: { authorization: `Bearer ${secret}` },
      signal: controller.signal,
    });
    const open = async (secret: string) => {
      const streams = Object.entries(transports.byName).flatMap(([name, transport]) => [
        {
          name: `${name}: WatchHealth`,
          answers: createClient(HealthService, transport).watchHealth({}, options(secret)),
        },
        {
          name: `${name}: Watch`,
          answers: createClient(Health, transport).watch({ service: 'backup' }, options(secret)),
        },
      ]);
      return Promise.all(
        streams.map(async ({ name, answers }) => {
          const iterator: AsyncIterator<unknown> = answers[Symbol.asyncIterator]();
          expect(await iterator.next()).toMatchObject({ done: false });
          return { name, next: iterator.next() };
        }),
      );
    };
    const events = async (secret: string, accept: string) => {
      const response = await fetch(`${openk.address}/v1/health:watch`, {
        headers: { ...options(secret).headers, accept },
      });
      expect(response.status).toBe(200);
      return { text: response.text() };
    };
    const [leaving, staying] = [await open('leaves'), await open('stays')];
    const texts = [await events('leaves', 'text/event-stream'), await events('leaves', 'application/json')];
    expect(await firstOf([...leaving.map(({ next }) => next), ...texts.map(({ text }) => text)])).toBe('nothing');
    await openk.reloadWith(config(pipeline, 'stays'));
    for (const { name, next } of leaving) {
      const error = ConnectError.from(
        await next.then(
          () => undefined,
          (reason: unknown) => reason,
        ),
      );
      const [info] = error.findDetails(ErrorInfoSchema);
      expect([name, Code[error.code], info?.reason]).toEqual([name, 'Unauthenticated', 'CREDENTIALS_EXPIRED']);
    }
    for (const { text } of texts) expect(await text).toContain('CREDENTIALS_EXPIRED');
    expect(await firstOf(staying.map(({ next }) => next))).toBe('nothing');
    controller.abort();
    await Promise.allSettled(staying.map(({ next }) => next));
  });

  it('reflection takes READ too', async () => {
    const client = createClient(ServerReflection, transports.byName.gRPC!);
    const ask = async (headers: Readonly<Record<string, string>>) => {
      try {
        for await (const _ of client.serverReflectionInfo(question(), { headers })) return 'Ok';
        return 'nothing';
      } catch (error) {
        return Code[ConnectError.from(error).code];
      }
    };
    expect(await ask({})).toBe('Unauthenticated');
    expect(await ask({ 'x-api-key': 'nothing' })).toBe('Unauthenticated');
    expect(await ask({ 'x-api-key': 'stays' })).toBe('Ok');
  });
});

/** Whether one of them has settled after the turns of the event loop that those before took. */
function firstOf(promises: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = promises.map((promise) =>
    promise.then(
      () => 'something',
      () => 'something',
    ),
  );
  return Promise.race([...settled, new Promise((resolve) => setImmediate(resolve, 'nothing'))]);
}

async function* question() {
  yield { messageRequest: { case: 'listServices' as const, value: '' } };
}

describe('where nobody has said who may do what', () => {
  it.each([
    ['127.0.0.1', '', 200],
    ['0.0.0.0', '', 401],
    ['127.0.0.1', 'server: { trusted_proxies: [ 127.0.0.1 ] }', 401],
  ])('on %s, %s: a report is answered', async (host, more, status) => {
    const openk = await runOpenk(`${more}\ncomponents:\n  - { id: backup, heartbeat: { period: 1h } }`, {}, host);
    try {
      const url = openk.address.replace('0.0.0.0', '127.0.0.1');
      const report = await fetch(`${url}/v1/components/backup:report`, { method: 'POST' });
      expect(report.status).toBe(status);
      expect((await fetch(`${url}/v1/health`)).status).toBe(200);
      const verbose = await (await fetch(`${url}/readyz?verbose`)).text();
      const isOpen = status === 401;
      expect(verbose.includes('whoever reaches the port may read everything')).toBe(isOpen);
      expect(openk.log.some(({ level, msg }) => level === 40 && String(msg).startsWith('whoever reaches'))).toBe(
        isOpen,
      );
    } finally {
      await openk.close();
    }
  });
});
