// How many connections of clients and runs of probes the limit of open files leaves room for, and what the log says of it.
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { DEFAULT_CONNECTIONS } from '../config/compile/defaults.ts';
import type { LoadedConfig } from '../config/read-config.ts';
import { parseDescriptorLimit, shareDescriptors, USUAL_DESCRIPTOR_LIMIT } from '../core/descriptors.ts';

export interface OpenFiles {
  /** Connections of clients at the same time. */
  readonly connections: number;
  /** Runs of probes at the same time. */
  readonly probesInFlight: number;
}

export async function shareOpenFiles(limits: LoadedConfig['limits'], logger: Logger): Promise<OpenFiles> {
  const wanted = limits.connections ?? DEFAULT_CONNECTIONS;
  const { forClients, forProbes } = shareDescriptors(await readDescriptorLimit(), wanted);
  if (forClients < wanted) {
    // No warning about what nobody asked for.
    if (limits.connections === undefined) {
      logger.info(
        { connections: forClients },
        'the limit of open files (ulimit -n) decides how many connections there may be',
      );
    } else {
      logger.warn(
        { connections: forClients, configured: wanted },
        'the limit of open files (ulimit -n) leaves room for fewer connections than limits.connections',
      );
    }
  }
  // A probe that tries several addresses of its target has a connection to each.
  const probesInFlight = Math.min(limits.probesInFlight, Math.ceil(forProbes / 2));
  if (probesInFlight < limits.probesInFlight) {
    logger.warn(
      { probesInFlight, configured: limits.probesInFlight },
      'the limit of open files (ulimit -n) leaves room for fewer probe runs than limits.probes_in_flight',
    );
  }
  return { connections: forClients, probesInFlight };
}

/** What is in force: Node raises it to the most that the process may have when it starts. */
async function readDescriptorLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return parseDescriptorLimit(limits) ?? USUAL_DESCRIPTOR_LIMIT;
}
