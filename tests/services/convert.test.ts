import { toJson } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type HealthStatus, HealthStatusSchema } from '../../gen/openk/common/v1/common_pb.ts';
import { ComponentHealthSchema, ExplainHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import type { Rule } from '../../src/core/definition.ts';
import type { Explanation } from '../../src/core/explain.ts';
import type { Health } from '../../src/core/health.ts';
import { kindOf } from '../../src/core/redefined.ts';
import { STATUSES } from '../../src/core/status.ts';
import {
  definitionToProto,
  durationFromProto,
  durationToProto,
  explanationToProto,
  healthToProto,
  outcomeFromProto,
  statusToProto,
  summaryToProto,
  timestampToProto,
} from '../../src/services/convert.ts';
import { ruleText } from '../../src/services/rule-text.ts';
import { group, heartbeat, probed } from './support/definitions.ts';

const BARE: Health = {
  component: 'web',
  status: 'UNKNOWN',
  sinceMs: Date.UTC(2026, 0, 1),
  reason: { code: 'NOT_OBSERVED', message: 'never looked at' },
  causedBy: [],
  revision: 7,
};

describe('statuses', () => {
  it('are told by their names, every one', () => {
    const byNumber = new Map(HealthStatusSchema.values.map(({ number, localName }) => [number, localName]));
    expect(STATUSES.map((status) => byNumber.get(statusToProto(status)))).toEqual([...STATUSES]);
    expect(byNumber.size).toBe(STATUSES.length + 1);
  });

  it('of a report are outcomes; not set is HEALTHY', () => {
    expect(HealthStatusSchema.values.map(({ number }) => outcomeFromProto(number as HealthStatus))).toEqual([
      'HEALTHY',
      'HEALTHY',
      'DEGRADED',
      'UNHEALTHY',
      undefined,
      undefined,
    ]);
  });
});

describe('times', () => {
  it('become timestamps, before 1970 too', () => {
    expect(toJson(TimestampSchema, timestampToProto(Date.UTC(2026, 0, 1) + 1.5))).toBe('2026-01-01T00:00:00.001500Z');
    expect(toJson(TimestampSchema, timestampToProto(-1))).toBe('1969-12-31T23:59:59.999Z');
  });

  it('become durations with no digits of floating point', () => {
    expect(toJson(DurationSchema, durationToProto(0.1 + 0.2))).toBe('0.000300s');
    expect(toJson(DurationSchema, durationToProto(999.9999))).toBe('1s');
    expect(toJson(DurationSchema, durationToProto(90_061_001))).toBe('90061.001s');
  });

  it('come back to the microsecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (ms) => {
        const duration = durationToProto(ms);
        expect(() => toJson(DurationSchema, duration)).not.toThrow();
        expect(Math.abs(durationFromProto(duration) - ms)).toBeLessThanOrEqual(0.00051);
      }),
    );
  });
});

describe('health', () => {
  it('leaves out what is not known', () => {
    expect(toJson(ComponentHealthSchema, healthToProto(BARE))).toEqual({
      component: 'web',
      status: 'HEALTH_STATUS_UNKNOWN',
      since: '2026-01-01T00:00:00Z',
      reason: { code: 'NOT_OBSERVED', message: 'never looked at' },
      revision: '7',
    });
  });

  it('tells everything that is known', () => {
    const health: Health = {
      ...BARE,
      status: 'MAINTENANCE',
      checkedAtMs: BARE.sinceMs + 1_000,
      latencyMs: 12.5,
      pending: {
        status: 'UNHEALTHY',
        count: 2,
        threshold: 3,
        reason: { code: 'TIMEOUT', message: 'timed out', evidence: 'after 2s' },
      },
      memberCounts: { total: 21, healthy: 1, degraded: 2, unhealthy: 3, unknown: 4, maintenance: 5, ignored: 6 },
      causedBy: ['network', 'power'],
      maintenance: { reason: 'moving', untilMs: BARE.sinceMs + 60_000 },
      run: { id: '7', startedMs: BARE.sinceMs },
    };
    expect(toJson(ComponentHealthSchema, healthToProto(health))).toEqual({
      component: 'web',
      status: 'HEALTH_STATUS_MAINTENANCE',
      since: '2026-01-01T00:00:00Z',
      checkedAt: '2026-01-01T00:00:01Z',
      reason: { code: 'NOT_OBSERVED', message: 'never looked at' },
      latency: '0.012500s',
      pending: {
        status: 'HEALTH_STATUS_UNHEALTHY',
        count: 2,
        threshold: 3,
        reason: { code: 'TIMEOUT', message: 'timed out (after 2s)' },
      },
      memberCounts: { total: 21, healthy: 1, degraded: 2, unhealthy: 3, unknown: 4, maintenance: 5, ignored: 6 },
      causedBy: ['network', 'power'],
      revision: '7',
      maintenance: { reason: 'moving', until: '2026-01-01T00:01:00Z' },
      run: { id: '7', start: '2026-01-01T00:00:00Z' },
    });
  });

  it('that did not change is the same message', () => {
    expect(healthToProto(BARE)).toBe(healthToProto(BARE));
    expect(healthToProto({ ...BARE })).not.toBe(healthToProto(BARE));
  });
});

describe('definitions', () => {
  it('name the parents that there are for whoever asks, whatever others were answered', () => {
    const web = probed('web');
    const health = { ...BARE, component: 'web' };
    for (const parents of [['secret', 'shop'], ['shop'], ['shop', 'other'], []]) {
      expect(definitionToProto(web, parents).parents).toEqual(parents);
      expect(summaryToProto(web, parents, health).parents).toEqual(parents);
    }
    expect(summaryToProto(web, [], health)).toBe(summaryToProto(web, [], health));
  });

  it('have the kind of their key in the configuration', () => {
    expect([probed('a', { kind: 'tcp' }), heartbeat('b'), group('c', ['a'])].map(kindOf)).toEqual([
      'tcp',
      'heartbeat',
      'group',
    ]);
  });

  it.each<[Rule, string]>([
    [{ kind: 'worst' }, 'worst'],
    [{ kind: 'best' }, 'best'],
    [{ kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } }, 'quorum: healthy >= 2, degraded >= 1'],
    [
      { kind: 'quorum', healthy: { percent: 66 }, degraded: { percent: 33 } },
      'quorum: healthy >= 66%, degraded >= 33%',
    ],
    [{ kind: 'weighted', healthyAt: 0.9, degradedAt: 0.5 }, 'weighted: healthy at 0.9, degraded at 0.5'],
  ])('%j reads %s', (rule, text) => {
    expect(ruleText(rule)).toBe(text);
  });
});

describe('explanation', () => {
  it('tells the rule, the members and the paths', () => {
    const reason = { code: 'REFUSED', message: 'connection refused' };
    const explanation: Explanation = {
      component: 'shop',
      rule: {
        rule: { kind: 'worst' },
        ifUnknownHealthy: 'UNHEALTHY',
        ifUnknownUnhealthy: 'UNHEALTHY',
        members: [{ component: 'web', status: 'UNHEALTHY', contributes: 'UNHEALTHY', impact: 'CRITICAL', weight: 3 }],
        notCounted: [
          { component: 'mail', status: 'MAINTENANCE', impact: 'DEGRADES', weight: 1 },
          { component: 'logs', status: 'DEGRADED', impact: 'IGNORED', weight: 1 },
        ],
      },
      causes: [
        [
          { component: 'shop', status: 'UNHEALTHY', reason, suppressed: false },
          { component: 'web', relation: 'member', status: 'UNHEALTHY', reason, suppressed: true },
          { component: 'network', relation: 'dependency', status: 'UNHEALTHY', reason, suppressed: false },
        ],
      ],
      truncated: true,
    };
    const { health, ...told } = toJson(ExplainHealthResponseSchema, explanationToProto(explanation, BARE)) as {
      health: object;
    };
    expect(health).toMatchObject({ component: 'web' });
    expect(told).toEqual({
      rule: {
        rule: 'worst',
        ifUnknownHealthy: 'HEALTH_STATUS_UNHEALTHY',
        ifUnknownUnhealthy: 'HEALTH_STATUS_UNHEALTHY',
        members: [
          {
            component: 'web',
            status: 'HEALTH_STATUS_UNHEALTHY',
            contributes: 'HEALTH_STATUS_UNHEALTHY',
            impact: 'IMPACT_CRITICAL',
            weight: 3,
          },
        ],
        notCounted: [
          { component: 'mail', status: 'HEALTH_STATUS_MAINTENANCE', impact: 'IMPACT_DEGRADES', weight: 1 },
          { component: 'logs', status: 'HEALTH_STATUS_DEGRADED', impact: 'IMPACT_IGNORED', weight: 1 },
        ],
      },
      causes: [
        {
          steps: [
            { component: 'shop', status: 'HEALTH_STATUS_UNHEALTHY', reason },
            {
              component: 'web',
              relation: 'RELATION_MEMBER',
              status: 'HEALTH_STATUS_UNHEALTHY',
              reason,
              suppressed: true,
            },
            { component: 'network', relation: 'RELATION_DEPENDENCY', status: 'HEALTH_STATUS_UNHEALTHY', reason },
          ],
        },
      ],
      truncated: true,
    });
  });
});
