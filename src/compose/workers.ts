// Who probes what, for people: what the log and /readyz?verbose say of workers. And what this instance is called among them.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/read-config.ts';
import type { EngineListener } from '../engine/engine.ts';
import type { Workers, WorkersListener } from '../engine/worker-ports.ts';

export function instanceOf({ instance }: LoadedConfig): { readonly id: string; readonly place: string | undefined } {
  return { id: instance.id ?? nameOfThisMachine(), place: instance.place };
}

/** What other instances call the port, beside the names that are configured. They ask for the name that they verify. */
export function namesForInstances({ instance: { advertise, tls } }: LoadedConfig): readonly string[] {
  if (advertise === undefined) return [];
  return [new URL(advertise).hostname, ...(tls?.serverName ? [tls.serverName] : [])];
}

/** The host name, and what makes it no other process's. */
function nameOfThisMachine(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 100);
  return `${host}-${randomBytes(4).toString('hex')}`;
}

const GONE = {
  silent: 'is silent: others probe in its place',
  left: 'has ended',
  replaced: 'was started anew',
};
const WHO = { agent: 'an agent', instance: 'an instance that shares the probes' };

export function logWorkers(logger: Logger, { onProbeRun }: Pick<EngineListener, 'onProbeRun'>): WorkersListener {
  return {
    onJoined: ({ id: agent, kind, place, version, components }) =>
      logger.info({ agent, place, version, components }, `${WHO[kind]} has come`),
    onGone({ id: agent, kind, place, counted, refused, lost }, why) {
      const line = { agent, place, counted, refused, lost };
      logger[why === 'silent' ? 'warn' : 'info'](line, `${WHO[kind]} ${GONE[why]}`);
    },
    ...(onProbeRun && { onProbeRun }),
  };
}

export function cutOffNotices(workers: Pick<Workers, 'cutOff'>): readonly string[] {
  return [...workers.cutOff()].map(
    ([place, count]) =>
      `nobody probes at place ${place}: ${count} ${count === 1 ? 'component is' : 'components are'} UNKNOWN`,
  );
}
