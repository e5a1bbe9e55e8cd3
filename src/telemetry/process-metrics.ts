// What the process uses, by OpenTelemetry's conventions for processes and Node: memory, CPU time, event loop. Read when
// somebody asks; the event-loop delay is sampled all the time, by libuv, in each turn of the loop: a timer would wake it up for that.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/** Node 24 has no samples but those of a timer. */
const DELAY_SAMPLES = { samplePerIteration: true, resolution: 20 };

/** The result ends it. */
export function observeProcess(meter: Meter): () => void {
  meter
    .createObservableGauge('process.memory.usage', { description: 'Resident memory.', unit: 'By' })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableGauge('nodejs.heap.used', { description: 'Used heap of V8.', unit: 'By' })
    .addCallback((result) => result.observe(process.memoryUsage().heapUsed));
  meter.createObservableCounter('process.cpu.time', { description: 'CPU time.', unit: 's' }).addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe(user / 1e6, { 'cpu.mode': 'user' });
    result.observe(system / 1e6, { 'cpu.mode': 'system' });
  });
  meter
    .createObservableGauge('process.uptime', { description: 'Time since the process started.', unit: 's' })
    .addCallback((result) => result.observe(process.uptime()));

  const delay = monitorEventLoopDelay(DELAY_SAMPLES);
  delay.enable();
  const createDelayGauge = (name: string) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, {
      description: 'Event-loop delay since it was asked for before.',
      unit: 's',
    });
  const gauges = { p50: createDelayGauge('p50'), p99: createDelayGauge('p99'), max: createDelayGauge('max') };
  meter.addBatchObservableCallback((result) => {
    // Before the first sample there is no figure.
    if (delay.count === 0) return;
    result.observe(gauges.p50, delay.percentile(50) / 1e9);
    result.observe(gauges.p99, delay.percentile(99) / 1e9);
    result.observe(gauges.max, delay.max / 1e9);
    delay.reset();
  }, Object.values(gauges));
  return () => void delay.disable();
}
