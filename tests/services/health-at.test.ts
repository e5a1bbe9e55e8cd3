import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { createApi } from './support/api.ts';
import { probed, system } from './support/definitions.ts';
import { createPast } from './support/past.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 11, 31);
const at = (minute: number) => timestampFromMs(START_MS + minute * MINUTE_MS);

/** Down from minute 1 to 4; OpenK does not run from 10 to 20; `late` is there from 5 on, `gone` until 5. */
async function createWorld() {
  const past = createPast(START_MS);
  const minute = (number: number) => START_MS + number * MINUTE_MS;
  past.becomes('web', 'HEALTHY', START_MS);
  past.becomes('gone', 'HEALTHY', START_MS);
  past.becomes('gone', 'DEGRADED', minute(1));
  past.becomes('web', 'UNHEALTHY', minute(1));
  past.observes('web', 'UNHEALTHY', minute(2), 120);
  past.observes('web', 'UNHEALTHY', minute(3));
  past.becomes('web', 'HEALTHY', minute(4));
  past.becomes('late', 'HEALTHY', minute(5));
  past.becomes('gone', undefined, minute(5));
  await past.runs(minute(10));
  await past.restarts(minute(20));
  await past.runs(minute(21));
  return createApi(system(probed('web'), probed('late')), { history: past.store });
}

describe('GetHealth at a past time', () => {
  it('tells what was known then', async () => {
    const { health } = await createWorld();
    expect((await health.getHealth({ component: 'web', at: at(2.5) })).health).toMatchObject({
      component: 'web',
      status: HealthStatus.UNHEALTHY,
      since: at(1),
      reason: { code: 'TEST', message: 'it is UNHEALTHY' },
      causedBy: ['network'],
      revision: 4n,
      checkedAt: at(2),
      latency: { seconds: 0n, nanos: 120_000_000 },
    });
    expect((await health.getHealth({ component: 'web', at: at(4) })).health).toMatchObject({
      status: HealthStatus.HEALTHY,
      since: at(4),
      checkedAt: at(3),
    });
    expect((await health.getHealth({ component: 'web', at: at(3.5) })).health?.latency).toBeUndefined();
  });

  it('says so where OpenK did not run, and where nothing is kept', async () => {
    const { health } = await createWorld();
    const unknown = async (component: string, minute: number) => {
      const answer = await health.getHealth({ component, at: at(minute) });
      expect(answer.health?.status).toBe(HealthStatus.UNKNOWN);
      expect(answer.health?.since).toBeUndefined();
      return answer.health?.reason?.code;
    };
    expect(await unknown('web', 15)).toBe('NOT_RUNNING');
    expect(await unknown('gone', 15)).toBe('NOT_RUNNING');
    expect(await unknown('web', -1)).toBe('NO_RECORD');
    expect(await unknown('late', 3)).toBe('NO_RECORD');
  });

  it('goes on with what it was after a restart', async () => {
    const { health } = await createWorld();
    expect((await health.getHealth({ component: 'web', at: at(20.5) })).health).toMatchObject({ since: at(4) });
  });

  it('knows what is gone, then, and no more', async () => {
    const { health } = await createWorld();
    expect((await health.getHealth({ component: 'gone', at: at(3) })).health?.status).toBe(HealthStatus.DEGRADED);
    for (const request of [
      { component: 'gone', at: at(7) },
      { component: 'nosuch', at: at(3) },
      { component: 'nosuch', at: at(15) },
    ]) {
      expect(details(await failure(health.getHealth(request)))).toMatchObject({
        code: Code.NotFound,
        reason: 'COMPONENT_NOT_FOUND',
      });
    }
  });

  it('refuses the future, and what is no time', async () => {
    const { health, clock } = await createWorld();
    const future = timestampFromMs(clock.nowMs() + 1);
    for (const time of [future, { seconds: -1n, nanos: 0 }, { seconds: 1n << 62n, nanos: 0 }]) {
      expect(details(await failure(health.getHealth({ component: 'web', at: time })))).toMatchObject({
        code: Code.InvalidArgument,
        fields: ['at'],
      });
    }
  });
});
