// A whole OpenK in the test's own process: a configuration text in, a port of the loopback out.
import { setImmediate } from 'node:timers/promises';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { pino } from 'pino';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { findRoleFault } from '../../src/auth/roles.ts';
import { createQuickRuleCheck } from '../../src/config/compile/rule-check.ts';
import { type ConfigResult, readConfig } from '../../src/config/read-config.ts';
import type { Clock } from '../../src/core/clock.ts';
import { inSlices } from '../../src/core/steps.ts';
import { checkSource } from '../../src/discovery/registry.ts';
import { sampleOf } from '../../src/discovery/sample.ts';
import { type Openk, startOpenk } from '../../src/openk.ts';
import { checkProbe } from '../../src/probes/registry.ts';

const checkRules = createQuickRuleCheck();

export interface HealthClient extends Client<typeof HealthService> {
  close(): void;
}

export interface RunningOpenk extends Openk {
  /** Reloads with this text instead. */
  reloadWith(text: string): Promise<boolean>;
  /** What it has logged, one object per line. */
  readonly log: readonly Record<string, unknown>[];
}

/**
 * Listens on a free port and keeps nothing unless a storage is given, whatever the text says. @throws when the text has faults.
 * @param env the `OTEL_*` variables @param host what it listens on
 */
export async function runOpenk(
  text: string,
  env: Readonly<Record<string, string>> = {},
  host = '127.0.0.1',
  {
    storageUrl = 'memory:',
    clock,
    places = {},
  }: {
    readonly storageUrl?: string;
    readonly clock?: Clock;
    /** By component: where it is probed from. */
    readonly places?: Readonly<Record<string, string>>;
  } = {},
): Promise<RunningOpenk> {
  let current = text;
  const log: Record<string, unknown>[] = [];
  const load = async (): Promise<ConfigResult> => {
    const result = await inSlices(
      readConfig(current, 'test.yaml', {
        env: {},
        checkProbe,
        checkRole: findRoleFault,
        checkRules,
        discovery: { check: checkSource, sample: sampleOf },
      }),
      { nowMs: () => performance.now(), pause: () => setImmediate() },
    );
    if (!result.ok) return result;
    const { system } = result.config;
    const components = system.components.map((definition) => {
      const place = places[definition.id];
      return place === undefined ? definition : { ...definition, place };
    });
    return {
      ok: true,
      config: { ...result.config, system: { ...system, components }, listen: { host, port: 0 }, storageUrl },
    };
  };
  const loaded = await load();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const logger = pino({ level: 'info', base: null }, { write: (line) => void log.push(JSON.parse(line)) });
  const openk = await startOpenk({ config: loaded.config, load, logger, env, ...(clock && { clock }) });
  return {
    ...openk,
    log,
    reloadWith(next) {
      current = next;
      return openk.reload();
    },
  };
}

/** Over gRPC, with one connection of its own. */
export function connectHealthClient(address: string): HealthClient {
  const sessionManager = new Http2SessionManager(address);
  const client = createClient(HealthService, createGrpcTransport({ baseUrl: address, sessionManager }));
  return { ...client, close: () => sessionManager.abort() };
}
