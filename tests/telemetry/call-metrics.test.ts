// What is counted of calls, past the SDK's instruments, is what an instrument would have counted: beside a histogram of the
// SDK with the same boundaries, over random durations.
import { expect, it } from '@jest/globals';
import { type HistogramMetricData, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { callDurationsMetric } from '../../src/telemetry/call-durations-metric.ts';
import { DURATION_BOUNDARIES_S } from '../../src/telemetry/calls/call-durations.ts';
import { createCallMetrics } from '../../src/telemetry/calls/metrics.ts';
import type { ObservedCall } from '../../src/telemetry/calls/observed-call.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const CALL: ObservedCall = {
  method: 'acme.Pay/Charge',
  service: 'acme.Pay',
  protocol: 'grpc',
  isStream: false,
  peer: undefined,
  header: () => undefined,
};
const STARTED_MS = 1_700_000_000_250;

/** Also exactly at the boundaries. */
const durationMs = fc.oneof(
  fc.double({ min: 0, max: 20_000, noNaN: true }),
  fc.constantFrom(...DURATION_BOUNDARIES_S).map((boundary) => boundary * 1000),
);

it('counts as an instrument of the SDK does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(durationMs, { minLength: 1, maxLength: 50 }), async (durations) => {
      const reader = new Reader();
      const provider = new MeterProvider({ readers: [reader] });
      const meter = provider.getMeter('test');
      const reference = meter.createHistogram('reference', {
        advice: { explicitBucketBoundaries: DURATION_BOUNDARIES_S },
      });
      const own = createCallMetrics(meter, () => STARTED_MS);
      for (const each of durations) {
        own.observe(CALL)({ code: 'OK', durationMs: each, messages: 1 });
        reference.record(each / 1000);
      }
      const metrics = (await reader.collect()).resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      const expected = metrics.find(({ descriptor }) => descriptor.name === 'reference') as HistogramMetricData;
      const { dataPoints } = callDurationsMetric(own.durations(), STARTED_MS + 1500) as HistogramMetricData;
      await provider.shutdown();
      expect(dataPoints).toHaveLength(1);
      const [point] = dataPoints;
      const { sum, ...exact } = expected.dataPoints[0]!.value;
      expect(point?.value).toMatchObject(exact);
      expect(point?.value.sum).toBeCloseTo(sum ?? 0, 6);
      expect([point?.startTime, point?.endTime]).toEqual([
        [1_700_000_000, 250_000_000],
        [1_700_000_001, 750_000_000],
      ]);
    }),
    { numRuns: 50 },
  );
});

it('keeps methods, protocols and codes apart', () => {
  const meter = new MeterProvider().getMeter('test');
  const { observe, durations } = createCallMetrics(meter, () => STARTED_MS);
  const end = (call: Partial<ObservedCall>, code: string) =>
    observe({ ...CALL, ...call })({ code, durationMs: 1, messages: 0 });
  end({}, 'OK');
  end({}, 'OK');
  end({}, 'INTERNAL');
  end({ protocol: 'rest' }, 'OK');
  end({ method: 'acme.Pay/Refund' }, 'OK');
  const counted = durations().map(({ method, protocol, code, count }) => `${method} ${protocol} ${code} ${count}`);
  expect(counted.sort()).toEqual([
    'acme.Pay/Charge grpc INTERNAL 1',
    'acme.Pay/Charge grpc OK 2',
    'acme.Pay/Charge rest OK 1',
    'acme.Pay/Refund grpc OK 1',
  ]);
});

it('does not change what it has handed over', () => {
  const { observe, durations } = createCallMetrics(new MeterProvider().getMeter('test'), () => STARTED_MS);
  const end = () => observe(CALL)({ code: 'OK', durationMs: 1, messages: 0 });
  end();
  const { dataPoints } = callDurationsMetric(durations(), STARTED_MS) as HistogramMetricData;
  end();
  expect(dataPoints[0]?.value.buckets.counts[0]).toBe(1);
});
