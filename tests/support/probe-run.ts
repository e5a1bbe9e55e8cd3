// Runs of probes, for their tests.
import type { Probe, ProbeRun } from '../../src/core/probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { createTokens } from '../../src/probes/oauth2.ts';
import { createPinger } from '../../src/probes/ping.ts';
import type { ProbeContext } from '../../src/probes/probe.ts';

export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

export function probeContext(overrides: Partial<ProbeContext> = {}): ProbeContext {
  const { clock = systemClock } = overrides;
  const context = {
    componentId: 'test',
    userAgent: 'openk/0.0.0-test',
    push: () => {},
    clock,
    dialer: createDialer({ clock, lookup: createLookup() }),
    ...overrides,
  };
  return {
    ...context,
    tokens: async () => createTokens(context),
    pinger: async () => createPinger({ clock, path: process.env.PATH ?? '' }),
    ...overrides,
  };
}

/** A run whose deadline is never: it ends when the probe does, or `signal` fires. */
export function probeRun(signal = new AbortController().signal): ProbeRun {
  return { signal, timeoutMs: 5000, traceHeaders: { traceparent: TRACEPARENT }, onProgress: () => {} };
}

/** Looks once and closes. */
export async function look(probe: Probe) {
  try {
    return await probe.run(probeRun());
  } finally {
    await probe.close();
  }
}

/** What `look` says in short: outcome and code. */
export async function verdict(probe: Probe): Promise<string> {
  const { outcome, reason } = await look(probe);
  return `${outcome} ${reason.code}`;
}
