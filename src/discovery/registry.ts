// The kinds of sources there are. A kind is its message in config.proto, its file in sources/, and its line here.

import type { Duration } from '@bufbuild/protobuf/wkt';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { DiscoverySource } from '../../gen/openk/config/v1/config_pb.ts';
import type { Source, SourceContext } from './source.ts';
import { consulUrl, createConsulSource } from './sources/consul.ts';
import { createDnsSource } from './sources/dns-srv.ts';
import { createDockerSource } from './sources/docker.ts';
import { createFileSource } from './sources/file-sd.ts';
import { createHttpSource } from './sources/http-sd.ts';
import { createKubernetesSource } from './sources/kubernetes/kubernetes.ts';
import { checkTemplate, type PathFault } from './template.ts';

type Kind = Exclude<DiscoverySource['kind'], { case: undefined }>;
type Options<Case extends Kind['case']> = Extract<Kind, { case: Case }>['value'];

interface Row<Value> {
  /** What is wrong with options that are valid by their schema; paths are from the options on. */
  readonly check?: (options: Value) => readonly PathFault[];
  /** Begins at once. */
  readonly create: (options: Value, context: SourceContext) => Source;
}

const KINDS: { readonly [Case in Kind['case']]: Row<Options<Case>> } = {
  fileSd: {
    create: (options, context) => createFileSource(options, every(options.refreshInterval, 5_000), context),
  },
  httpSd: {
    check: ({ url }) => checkUrl(url, 'url'),
    create: (options, context) => createHttpSource(options, every(options.refreshInterval, 60_000), context),
  },
  kubernetes: {
    check: ({ apiServer, token }) => [
      ...(apiServer === '' ? [] : checkUrl(apiServer, 'api_server')),
      ...checkToken(token),
    ],
    create: createKubernetesSource,
  },
  dnsSrv: {
    create: (options, context) => createDnsSource(options, every(options.refreshInterval, 30_000), context),
  },
  consul: {
    check: ({ server, token }) => [
      ...(URL.canParse(consulUrl(server)) && (!server.includes('://') || /^https?:/i.test(server))
        ? []
        : [{ path: ['server'], message: 'is neither HOST:PORT nor an http:// or https:// URL' }]),
      ...checkToken(token),
    ],
    create: createConsulSource,
  },
  docker: {
    check: ({ host }) => (host === '' || host.startsWith('unix:') ? [] : checkUrl(host, 'host')),
    create: (options, context) => createDockerSource(options, every(options.refreshInterval, 15_000), context),
  },
};

/** The keys of the kinds in the configuration. */
const KEYS: Readonly<Record<Kind['case'], string>> = {
  fileSd: 'file_sd',
  httpSd: 'http_sd',
  kubernetes: 'kubernetes',
  dnsSrv: 'dns_srv',
  consul: 'consul',
  docker: 'docker',
};

/** What is wrong with a source that is valid by its schema; paths are from the source on. */
export function checkSource(source: DiscoverySource): readonly PathFault[] {
  const { kind } = source;
  if (kind.case === undefined) return checkTemplate(source);
  const own = rowOf(kind).check?.(kind.value) ?? [];
  return [...own.map(({ path, message }) => ({ path: [KEYS[kind.case], ...path], message })), ...checkTemplate(source)];
}

/** Of one without faults. */
export function createSource({ kind }: DiscoverySource, context: SourceContext): Source {
  if (kind.case === undefined) throw new Error('a source has no kind');
  return rowOf(kind).create(kind.value, context);
}

function rowOf(kind: Kind): Row<Kind['value']> {
  return KINDS[kind.case] as Row<Kind['value']>;
}

function every(duration: Duration | undefined, defaultMs: number): number {
  return duration === undefined ? defaultMs : durationMs(duration);
}

/** It is sent in a header. */
function checkToken(token: string): readonly PathFault[] {
  return /^[!-~]*$/.test(token) ? [] : [{ path: ['token'], message: 'must be printable ASCII without blanks' }];
}

function checkUrl(text: string, field: string): readonly PathFault[] {
  const url = URL.parse(text);
  if (url === null) return [{ path: [field], message: 'is not a valid URL' }];
  try {
    decodeURIComponent(url.username + url.password);
    return [];
  } catch {
    return [{ path: [field], message: 'has credentials with a broken percent-encoding' }];
  }
}
