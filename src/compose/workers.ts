// Who probes what, for people: what the log and /readyz?verbose say of workers. And what this instance is called among them.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/read-config.ts';
import type { EngineListener } from '../engine/engine.ts';
import type { Workers, WorkersListener } from '../engine/workers.ts';

export function instanceOf({ instance }: LoadedConfig): { readonly id: string; readonly place: string | undefined } {
  return { id: instance.id ?? nameOfThisMachine(), place: instance.place };
}

/** The host name, and what makes it no other process's. */
function nameOfThisMachine(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 100);
  return `${host}-${randomBytes(4).toString('hex')}`;
}

const GONE = {
  silent: 'an agent is silent: others probe in its place',
  left: 'an agent has ended',
  replaced: 'an agent was started anew',
};

export function logWorkers(logger: Logger, { onProbeRun }: Pick<EngineListener, 'onProbeRun'>): WorkersListener {
  return {
    onJoined: ({ id: agent, place, version, components }) =>
      logger.info({ agent, place, version, components }, 'an agent has come'),
    onGone({ id: agent, place, counted, refused, lost }, why) {
      const line = { agent, place, counted, refused, lost };
      if (why === 'silent') logger.warn(line, GONE[why]);
      else logger.info(line, GONE[why]);
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
