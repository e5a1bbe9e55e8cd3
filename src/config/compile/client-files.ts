// Files for TLS towards others than targets, which checks of probes do not see: other instances, and sources of components.
import { type ClientTls, type Config, DiscoverySourceSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Path, PathFault } from '../fault.ts';
import type { KnownFaults } from './consequences.ts';

/** What is wrong with the files that it names. `path` leads to it. */
export type ClientTlsCheck = (tls: ClientTls | undefined, path: Path) => readonly PathFault[];

export function checkClientFiles(config: Config, known: KnownFaults, check: ClientTlsCheck): readonly PathFault[] {
  return placesOf(config).flatMap(({ tls, path }) => (known.touch(path) ? [] : check(tls, path)));
}

function placesOf({ instance, discovery }: Config): { readonly tls: ClientTls | undefined; readonly path: Path }[] {
  const sources = discovery.flatMap(({ kind }, index) => {
    if (kind.case === undefined || !('tls' in kind.value)) return [];
    return [{ tls: kind.value.tls, path: ['discovery', index, DiscoverySourceSchema.field[kind.case].name, 'tls'] }];
  });
  return [{ tls: instance?.tls, path: ['instance', 'tls'] }, ...sources];
}
