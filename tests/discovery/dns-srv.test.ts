// SRV records as a source: no records are an answer, a name that is not there is none.
import { afterEach, expect, it } from '@jest/globals';
import type { SrvRecord } from '../../src/discovery/source.ts';
import { createDnsSource } from '../../src/discovery/sources/dns-srv.ts';
import { addressesOf, realNetwork, type WatchedSource, watchSource } from './sources.ts';

let watched: WatchedSource;
afterEach(async () => {
  await watched.source.close();
  expect(watched.clock.pendingTimers).toBe(0);
});

const record = (name: string, port = 80, priority = 1): SrvRecord => ({ name, port, priority, weight: 5 });

it('follows what a name server says', async () => {
  const asked: string[] = [];
  let answer: () => readonly SrvRecord[] = () => [
    record('A.test'),
    record('a.test', 80, 2),
    record('b.test', 81),
    record('.', 0),
  ];
  const network = {
    ...realNetwork(),
    async resolveSrv(name: string, resolver: string) {
      asked.push(`${name} ${resolver}`);
      return answer();
    },
  };
  const fails = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  watched = watchSource(
    (context) => createDnsSource({ name: '_x._tcp.test', resolver: '127.0.0.1:53' }, 30_000, context),
    { network },
  );
  const reading = await watched.next();
  expect([asked, addressesOf(reading)]).toEqual([['_x._tcp.test 127.0.0.1:53'], ['a.test:80', 'b.test:81']]);
  expect(reading.targets![1]!.labels).toEqual({
    __meta_dns_name: '_x._tcp.test',
    __meta_dns_srv_record_target: 'b.test',
    __meta_dns_srv_record_port: '81',
    __meta_dns_srv_record_priority: '1',
    __meta_dns_srv_record_weight: '5',
  });
  for (const [code, why] of [
    ['ENOTFOUND', 'does not exist'],
    ['ETIMEOUT', 'is not answered for: the name server is silent'],
    ['ESERVFAIL', 'is not answered for (ESERVFAIL)'],
  ]) {
    answer = fails(code!);
    const kept = await watched.next(30_000);
    expect([addressesOf(kept), kept.lost]).toEqual([['a.test:80', 'b.test:81'], [`the name _x._tcp.test ${why}`]]);
  }
  answer = fails('ENODATA');
  expect(await watched.next(30_000)).toEqual({ targets: [], faults: [], lost: [] });
});
