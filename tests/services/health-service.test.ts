import { create, toJson } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { ComponentHealthSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { createApi, START_REVISION } from './support/api.ts';
import { group, heartbeat, probed, system } from './support/definitions.ts';

const shop = system(
  probed('network', { kind: 'tcp' }),
  probed('web', { dependsOn: ['network'] }),
  heartbeat('backup'),
  group('checkout', ['web', { component: 'backup', impact: 'IGNORED', weight: 1 }]),
);

const notFound = {
  code: Code.NotFound,
  reason: 'COMPONENT_NOT_FOUND',
  domain: 'openk.dev',
  metadata: { component: 'nosuch' },
  infos: 1,
};

describe('GetHealth', () => {
  it('tells the health of a component', async () => {
    const api = createApi(shop);
    api.observe('web', 'UNHEALTHY');
    const { health } = await api.health.getHealth({ component: 'web' });
    expect(health).toMatchObject({
      component: 'web',
      status: HealthStatus.UNHEALTHY,
      reason: { code: 'TEST', message: 'it is UNHEALTHY' },
    });
    expect(Number(health?.revision)).toBeGreaterThan(START_REVISION);
  });

  it('tells the health of the root group when none is named', async () => {
    const { health } = await createApi(shop).health.getHealth({});
    expect(health).toMatchObject({ component: 'system', memberCounts: { total: 2, unknown: 2 } });
  });

  it('refuses an id that there is not, and what is no id', async () => {
    const { health } = createApi(shop);
    expect(details(await failure(health.getHealth({ component: 'nosuch' })))).toMatchObject(notFound);
    expect(details(await failure(health.getHealth({ component: '../etc' })))).toMatchObject({
      reason: 'INVALID_REQUEST',
      fields: ['component'],
    });
  });
});

describe('GetComponent', () => {
  it('tells the definition that it is given, the health and the groups', async () => {
    const definition = create(ComponentSchema, { id: 'web', kind: { case: 'http', value: { url: 'http://web/' } } });
    const described = { definition, hidden: ['http.secret'] };
    const { health } = createApi(shop, { describe: (id) => (id === 'web' ? described : undefined) });
    const answer = await health.getComponent({ component: 'web' });
    expect(answer.definition).toEqual(definition);
    expect(answer.hidden).toEqual(['http.secret']);
    expect(answer.health).toMatchObject({ component: 'web', status: HealthStatus.UNKNOWN });
    expect(answer.parents).toEqual(['checkout']);
  });

  it('says when it will be in maintenance', async () => {
    const calendar = { cron: '*/15 * * * *', timezone: 'UTC' };
    const plan = { reason: '', windows: [{ calendar, durationMs: 14 * 60_000 }] };
    const components = shop.components.map((component) => {
      return component.id === 'web' ? { ...component, maintenance: plan } : component;
    });
    const api = createApi({ ...shop, components });
    const { nextMaintenance } = await api.health.getComponent({ component: 'web' });
    expect(nextMaintenance).toHaveLength(5);
    expect(timestampMs(nextMaintenance[1]!.start!) - timestampMs(nextMaintenance[0]!.end!)).toBe(60_000);
    expect((await api.health.getComponent({ component: 'checkout' })).nextMaintenance).toEqual([]);
  });

  it('says when reports are due by cron', async () => {
    const calendar = { cron: '* * * * *', timezone: 'UTC' };
    const subject = { type: 'heartbeat', calendar, graceMs: 1000 } as const;
    const components = shop.components.map((component) => {
      return component.id === 'web' ? { ...component, subject } : component;
    });
    const api = createApi({ ...shop, components });
    const { nextDue } = await api.health.getComponent({ component: 'web' });
    const firstMs = (Math.floor(api.clock.nowMs() / 60_000) + 1) * 60_000;
    expect(nextDue.map(timestampMs)).toEqual([0, 1, 2, 3, 4].map((minute) => firstMs + minute * 60_000));
    expect((await api.health.getComponent({ component: 'checkout' })).nextDue).toEqual([]);
  });

  it('tells of the root group when none is named, and leaves out a definition that there is not', async () => {
    const answer = await createApi(shop).health.getComponent({});
    expect(answer.health?.component).toBe('system');
    expect(answer.definition).toBeUndefined();
    expect(answer.parents).toEqual([]);
  });

  it('refuses an id that there is not', async () => {
    const error = await failure(createApi(shop).health.getComponent({ component: 'nosuch' }));
    expect(details(error)).toMatchObject(notFound);
  });
});

describe('ReportHealth', () => {
  it('decides at once', async () => {
    const api = createApi(shop);
    const { health } = await api.health.reportHealth({
      component: 'backup',
      status: HealthStatus.DEGRADED,
      message: 'slow disk',
      duration: { seconds: 90n, nanos: 500_000_000 },
      runId: 'run-7',
    });
    expect(health).toMatchObject({ component: 'backup', status: HealthStatus.DEGRADED });
    expect(health?.reason?.message).toContain('slow disk');
    expect(health?.reason?.message).toContain('run-7');
    expect(health?.latency).toMatchObject({ seconds: 90n, nanos: 500_000_000 });
    expect(api.aggregator.health('backup')?.status).toBe('DEGRADED');
  });

  it('takes a status that is not set for HEALTHY, and leaves out what is not said', async () => {
    const { health } = await createApi(shop).health.reportHealth({ component: 'backup' });
    expect(health?.status).toBe(HealthStatus.HEALTHY);
    expect(health?.latency).toBeUndefined();
  });

  it('refuses an id that there is not', async () => {
    const error = await failure(createApi(shop).health.reportHealth({ component: 'nosuch' }));
    expect(details(error)).toMatchObject(notFound);
  });

  it.each([
    ['web', 'http'],
    ['network', 'tcp'],
    ['checkout', 'group'],
  ])('refuses %s, a component of kind %s', async (component, kind) => {
    const error = await failure(createApi(shop).health.reportHealth({ component }));
    expect(details(error)).toMatchObject({
      code: Code.FailedPrecondition,
      reason: 'NOT_A_HEARTBEAT',
      metadata: { component, kind },
      infos: 1,
    });
  });

  it.each([
    ['component', {}],
    ['status', { component: 'backup', status: HealthStatus.UNKNOWN }],
    ['status', { component: 'backup', status: HealthStatus.MAINTENANCE }],
  ])('refuses a bad %s', async (field, request) => {
    const api = createApi(shop);
    expect(details(await failure(api.health.reportHealth(request)))).toMatchObject({
      code: Code.InvalidArgument,
      reason: 'INVALID_REQUEST',
      fields: [field],
      infos: 1,
    });
    expect(api.aggregator.health('backup')?.status).toBe('UNKNOWN');
  });

  it.each([
    ['a long message', { message: 'x'.repeat(5_000) }, { reason: { message: `${'x'.repeat(4_095)}…` } }],
    [
      'a message cut in a character',
      { message: `${'x'.repeat(4_094)}😀😀` },
      { reason: { message: `${'x'.repeat(4_094)}\ufffd…` } },
    ],
    [
      'a message with control characters',
      { message: 'a\0b\u001b[31mc\n\td\u0085' },
      { reason: { message: 'a\ufffdb\ufffd[31mc\n\td\ufffd' } },
    ],
    ['a long run id', { message: 'm', runId: 'r'.repeat(200) }, { reason: { message: `m (run ${'r'.repeat(127)}…)` } }],
    ['a negative duration', { duration: { seconds: -1n } }, { latency: undefined }],
    ['a duration of negative nanoseconds', { duration: { nanos: -1 } }, { latency: undefined }],
    ['a duration that JSON could not tell', { duration: { seconds: 315_576_000_001n } }, { latency: undefined }],
    ['a duration beyond numbers', { duration: { seconds: 2n ** 62n } }, { latency: undefined }],
    ['the longest duration', { duration: { seconds: 315_576_000_000n } }, { latency: { seconds: 315_576_000_000n } }],
  ])('takes the failure, whatever form it has: %s', async (_form, request, expected) => {
    const api = createApi(shop);
    const { health } = await api.health.reportHealth({
      component: 'backup',
      status: HealthStatus.UNHEALTHY,
      ...request,
    });
    const { status, reason, latency } = health!;
    expect({ status, reason, latency }).toMatchObject({ status: HealthStatus.UNHEALTHY, ...expected });
    expect(JSON.parse(JSON.stringify(toJson(ComponentHealthSchema, health!)))).toMatchObject({ component: 'backup' });
    expect(api.aggregator.health('backup')?.status).toBe('UNHEALTHY');
  });
});

describe('ExplainHealth', () => {
  it('tells the rule and the path to the root cause', async () => {
    const api = createApi(shop);
    api.observe('network', 'UNHEALTHY');
    api.observe('web', 'UNHEALTHY');
    const { health, rule, causes, truncated } = await api.health.explainHealth({ component: 'checkout' });
    expect(health).toMatchObject({ component: 'checkout', status: HealthStatus.UNHEALTHY });
    expect(rule).toMatchObject({ rule: 'worst', ifUnknownHealthy: HealthStatus.UNHEALTHY });
    expect(rule?.members.map(({ component }) => component)).toEqual(['web']);
    expect(rule?.notCounted.map(({ component }) => component)).toEqual(['backup']);
    expect(causes.map(({ steps }) => steps.map(({ component }) => component))).toEqual([
      ['checkout', 'web', 'network'],
    ]);
    expect(truncated).toBe(false);
  });

  it('explains the root group when none is named', async () => {
    const { health } = await createApi(shop).health.explainHealth({});
    expect(health?.component).toBe('system');
  });

  it('refuses an id that there is not', async () => {
    const error = await failure(createApi(shop).health.explainHealth({ component: 'nosuch' }));
    expect(details(error)).toMatchObject(notFound);
  });
});

describe('routes', () => {
  it('put the interceptors that they are given around all others', async () => {
    const seen: string[] = [];
    const api = createApi(shop, {
      interceptors: [
        (next) => async (request) => {
          try {
            return await next(request);
          } catch (error) {
            seen.push(`${request.method.name}: ${details(error as never).reason}`);
            throw error;
          }
        },
      ],
    });
    await failure(api.health.getHealth({ component: 'no id' }));
    await failure(api.grpcHealth.check({ service: 'nosuch' }));
    expect(seen).toEqual(['GetHealth: INVALID_REQUEST', 'Check: COMPONENT_NOT_FOUND']);
    expect(api.defects).toEqual([]);
  });
});
