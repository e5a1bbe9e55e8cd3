// Health by plain HTTP, over both HTTP versions.
import { describe, expect, it } from '@jest/globals';
import type { Health } from '../../src/core/health.ts';
import type { Status } from '../../src/core/status.ts';
import type { Readiness } from '../../src/pages/health-routes.ts';
import { NO_COMPONENTS } from '../support/open-admission.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { startServer, type TestServer } from '../transport/harness.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function health(component: string, status: Status, more: Partial<Health> = {}): Health {
  const reason = { code: status === 'HEALTHY' ? 'OK' : 'TIMEOUT', message: `why ${component}` };
  return { component, status, sinceMs: AT_MS, reason, causedBy: [], revision: 1, ...more };
}

async function withServer(
  setup: {
    readonly components?: readonly Health[];
    readonly members?: readonly string[];
    readonly readiness?: Readiness;
  },
  run: (test: TestServer) => Promise<void>,
): Promise<void> {
  const { components = [], members = [], readiness = { checks: () => [], notices: () => [] } } = setup;
  const byId = new Map(components.map((each) => [each.component, each]));
  const reader = {
    ...NO_COMPONENTS,
    health: (id: string) => byId.get(id),
    memberIds: (id: string) => (id === 'group' ? members : []),
  };
  const test = await startServer('cleartext', { health: { readerOf: () => reader, readiness } });
  try {
    await run(test);
  } finally {
    await test.server.close();
  }
}

describe('/healthz/{component}', () => {
  it.each([
    ['HEALTHY', 200, 'pass'],
    ['DEGRADED', 200, 'warn'],
    ['UNHEALTHY', 503, 'fail'],
    ['UNKNOWN', 503, 'fail'],
    ['MAINTENANCE', 503, 'fail'],
  ] as const)('%s is %i %s', async (status, httpStatus, word) => {
    await withServer(
      { components: [health('a.b_c-d', status, { latencyMs: 12, checkedAtMs: AT_MS })] },
      async ({ url }) => {
        const response = await fetch(`${url}/healthz/a.b_c-d`);
        expect(response.status).toBe(httpStatus);
        expect(response.headers.get('content-type')).toBe('application/health+json');
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(await response.json()).toEqual({
          status: word,
          serviceId: 'a.b_c-d',
          description: `component a.b_c-d is ${status}`,
          ...(word !== 'pass' && { output: 'TIMEOUT: why a.b_c-d' }),
          checks: {
            'a.b_c-d:responseTime': [
              {
                componentId: 'a.b_c-d',
                componentType: 'component',
                observedValue: 12,
                observedUnit: 'ms',
                status: word,
                time: '2026-01-02T03:04:05.000Z',
              },
            ],
          },
        });
      },
    );
  });

  it('names the members of a group, the worst first, and how many more there are', async () => {
    const members = Array.from({ length: 150 }, (_, index) =>
      health(`m${index}`, index === 149 ? 'UNHEALTHY' : 'HEALTHY'),
    );
    const setup = {
      components: [health('group', 'UNHEALTHY'), ...members],
      members: members.map((each) => each.component),
    };
    await withServer(setup, async ({ url }) => {
      const body = (await (await fetch(`${url}/healthz/group`)).json()) as Record<string, never>;
      const { checks, notes } = body as unknown as { checks: Record<string, unknown[]>; notes: string[] };
      expect(Object.keys(checks)).toHaveLength(100);
      expect(Object.keys(checks)[0]).toBe('m149:status');
      expect(checks['m149:status']).toEqual([
        {
          componentId: 'm149',
          componentType: 'component',
          observedValue: 'UNHEALTHY',
          status: 'fail',
          time: '2026-01-02T03:04:05.000Z',
          output: 'TIMEOUT: why m149',
        },
      ]);
      expect(checks['m0:status']).toEqual([expect.not.objectContaining({ output: expect.anything() })]);
      expect(notes).toEqual(['100 of 150 members are shown, the worst first']);
    });
  });

  it('notes what its thresholds hold back, and why', async () => {
    const reason = { code: 'TIMEOUT', message: 'no answer within 5s' };
    const pending = { status: 'UNHEALTHY', count: 1, threshold: 3, reason } as const;
    await withServer({ components: [health('web', 'HEALTHY', { pending })] }, async ({ url }) => {
      expect(await (await fetch(`${url}/healthz/web`)).json()).toEqual({
        status: 'pass',
        serviceId: 'web',
        description: 'component web is HEALTHY',
        notes: ['pending: 1 of 3 for UNHEALTHY: TIMEOUT: no answer within 5s'],
      });
    });
  });

  it('is 404 in JSON for an id that there is not, however odd', async () => {
    await withServer({}, async ({ url }) => {
      for (const id of ['nope', '%22%3Cb%3E', 'x'.repeat(128), '__proto__']) {
        const response = await fetch(`${url}/healthz/${id}`);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: 5, details: [{ reason: 'COMPONENT_NOT_FOUND' }] });
      }
      expect((await fetch(`${url}/healthz/${'x'.repeat(600)}`)).status).toBe(414);
    });
  });

  it('answers HEAD as GET without a body, over both HTTP versions', async () => {
    await withServer({ components: [health('up', 'HEALTHY'), health('down', 'UNHEALTHY')] }, async ({ url }) => {
      for (const [id, status] of [
        ['up', 200],
        ['down', 503],
      ] as const) {
        const response = await fetch(`${url}/healthz/${id}`, { method: 'HEAD' });
        expect([response.status, await response.text()]).toEqual([status, '']);
        const session = await openHttp2(url, undefined);
        const answer = await ask(session, { ':method': 'HEAD', ':path': `/healthz/${id}` });
        expect(answer).toMatchObject({ status, body: '', headers: { 'content-type': 'application/health+json' } });
        session.close();
      }
    });
  });
});

describe('/livez and /readyz', () => {
  const readiness: Readiness = {
    checks: () => [
      { name: 'store', ok: true },
      { name: 'config', ok: false, detail: 'starting' },
    ],
    notices: () => ['openk.yaml:3:5: components[0].idd: unknown key, did you mean id?'],
  };

  it('livez is 200 whatever else', async () => {
    await withServer({ readiness }, async ({ url }) => {
      const response = await fetch(`${url}/livez`);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
    });
  });

  it('readyz is 503 while a check fails, and says which; verbose says why', async () => {
    await withServer({ readiness }, async ({ url }) => {
      const short = await fetch(`${url}/readyz`);
      expect([short.status, await short.text()]).toEqual([503, 'not ready: config\n']);
      const verbose = await fetch(`${url}/readyz?verbose`);
      expect(verbose.status).toBe(503);
      expect((await verbose.text()).split('\n')).toEqual([
        '[+]store ok',
        '[-]config failed: starting',
        '[+]shutdown ok',
        'openk.yaml:3:5: components[0].idd: unknown key, did you mean id?',
        'readyz check failed',
        '',
      ]);
    });
  });

  it('readyz is 200 when all checks hold, also after a reload that failed', async () => {
    const ready: Readiness = { checks: () => [{ name: 'config', ok: true }], notices: () => ['a fault'] };
    await withServer({ readiness: ready }, async ({ url }) => {
      const response = await fetch(`${url}/readyz`);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
      expect(response.headers.get('cache-control')).toBe('no-store');
    });
  });
});
