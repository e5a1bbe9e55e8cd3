// What objects of a cluster are as targets. Labels have the names that Prometheus gives them in kubernetes_sd.
import { HINTS, type Hint, hintLabels } from '../../hints.ts';
import { sanitized } from '../../labels.ts';
import type { Target, TargetFault } from '../../source.ts';
import type { KubernetesObject } from './reflector.ts';

/** A fault where one is meant and cannot be. */
export type ToTargets = (object: KubernetesObject, isSelected: boolean) => readonly Target[] | TargetFault;

const ANNOTATION = 'openk.dev/';
/** What HealthChecks.UI of ASP.NET Core looks for (Xabaril/AspNetCore.Diagnostics.HealthChecks, doc/k8s-ui-discovery.md). */
const ASPNET_LABEL = 'HealthChecks';
const ASPNET_PATH = 'hc';

export function fromService(object: KubernetesObject, isSelected: boolean): readonly Target[] | TargetFault {
  const said = annotated(object);
  const aspnet = aspnetHints(object);
  if (said.probe === 'none' || (said.isEmpty && aspnet === undefined && !isSelected)) return [];
  const { name, namespace = 'default' } = object.metadata;
  const target = `service.${namespace}.${name}`;
  const spec = record(object.spec);
  const ports = records(spec.ports);
  const wanted = said.port ?? aspnet?.port ?? '';
  // Nothing that looks at a target speaks UDP or SCTP.
  const port =
    wanted === ''
      ? ports.find(({ protocol = 'TCP' }) => protocol === 'TCP')
      : ports.find((one) => one.name === wanted || String(one.port) === wanted);
  const number = port?.port ?? (/^\d+$/.test(wanted) ? Number(wanted) : undefined);
  const host =
    spec.type === 'ExternalName' && typeof spec.externalName === 'string'
      ? spec.externalName
      : `${name}.${namespace}.svc`;
  if (number === undefined) {
    const message =
      wanted === ''
        ? `has no TCP port: give it ${ANNOTATION}port, or ${ANNOTATION}probe: none`
        : 'has no port of the name that it is annotated with';
    return { target, message };
  }
  const { port: _taken, ...hints } = { ...aspnet, ...said.hints };
  return [
    {
      name: target,
      address: `${host}:${number}`,
      labels: {
        ...common(object, 'service'),
        __meta_kubernetes_service_port_number: String(number),
        __meta_kubernetes_service_port_name: String(port?.name ?? ''),
        ...hintLabels(hints),
      },
    },
  ];
}

export function fromIngress(object: KubernetesObject): readonly Target[] {
  const said = annotated(object);
  if (said.probe === 'none') return [];
  const { name, namespace = 'default' } = object.metadata;
  const spec = record(object.spec);
  // Without hosts it is of all of them (IngressTLS.hosts of networking.k8s.io/v1).
  const secure = new Set(
    records(spec.tls).flatMap(({ hosts }) => (Array.isArray(hosts) && hosts.length > 0 ? hosts : ['*'])),
  );
  // A wildcard is one label (IngressRule.host).
  const isSecure = (host: string) => ['*', host, host.replace(/^[^.]+/, '*')].some((name) => secure.has(name));
  const paths = new Map<string, string>();
  for (const rule of records(spec.rules)) {
    const { host } = rule;
    // A wildcard is no name that could be asked.
    if (typeof host !== 'string' || host === '' || host.startsWith('*') || paths.has(host)) continue;
    const first = records(record(rule.http).paths)[0];
    const isPath = first?.pathType === 'Prefix' || first?.pathType === 'Exact';
    paths.set(host, isPath ? String(first.path ?? '/') : '/');
  }
  return [...paths].map(([host, path]) => {
    const scheme = isSecure(host) ? 'https' : 'http';
    return hostTarget(object, 'ingress', `ingress.${namespace}.${name}`, { host, path, scheme, hints: said.hints });
  });
}

export function fromHttpRoute(object: KubernetesObject): readonly Target[] {
  const said = annotated(object);
  if (said.probe === 'none') return [];
  const { name, namespace = 'default' } = object.metadata;
  const spec = record(object.spec);
  const hosts = (Array.isArray(spec.hostnames) ? spec.hostnames : []).filter(
    (host): host is string => typeof host === 'string' && host !== '' && !host.startsWith('*'),
  );
  const match = record(records(record(records(spec.rules)[0]).matches)[0]?.path);
  const path = match.type === 'RegularExpression' || typeof match.value !== 'string' ? '/' : match.value;
  const isPlain = records(spec.parentRefs).some(({ port, sectionName }) => port === 80 || sectionName === 'http');
  const scheme = isPlain ? 'http' : 'https';
  return [...new Set(hosts)].map((host) =>
    hostTarget(object, 'httproute', `httproute.${namespace}.${name}`, { host, path, scheme, hints: said.hints }),
  );
}

interface Host {
  readonly host: string;
  readonly path: string;
  readonly scheme: string;
  readonly hints: Readonly<Partial<Record<Hint, string>>>;
}

function hostTarget(object: KubernetesObject, role: string, name: string, { host, path, scheme, hints }: Host): Target {
  const used = hints.scheme?.toLowerCase() ?? scheme;
  return {
    name: `${name}.${host}`,
    address: `${host}:${hints.port ?? (used === 'http' ? 80 : 443)}`,
    labels: {
      ...common(object, role),
      [`__meta_kubernetes_${role}_host`]: host,
      [`__meta_kubernetes_${role}_path`]: path,
      [`__meta_kubernetes_${role}_scheme`]: used,
      ...hintLabels({ path, ...hints, scheme: used, port: undefined }),
    },
  };
}

function common(object: KubernetesObject, role: string): Record<string, string> {
  const { name, namespace = 'default', labels = {}, annotations = {} } = object.metadata;
  const all: Record<string, string> = {};
  const add = (kind: string, from: Readonly<Record<string, string>>) => {
    for (const [key, value] of Object.entries(from)) {
      if (typeof value === 'string' && value.length <= 4096)
        all[`__meta_kubernetes_${role}_${kind}_${sanitized(key)}`.slice(0, 256)] = value;
    }
  };
  add('label', labels);
  add('annotation', annotations);
  return { ...all, namespace, __meta_kubernetes_namespace: namespace, [`__meta_kubernetes_${role}_name`]: name };
}

function annotated({ metadata: { annotations = {} } }: KubernetesObject) {
  const hints: Partial<Record<Hint, string>> = {};
  for (const hint of HINTS) {
    const value = annotations[`${ANNOTATION}${hint}`];
    if (typeof value === 'string' && value !== '') hints[hint] = value;
  }
  const isEmpty = !Object.keys(annotations).some((key) => key.startsWith(ANNOTATION));
  return { hints, isEmpty, probe: hints.probe, port: hints.port };
}

function aspnetHints({ metadata: { labels = {}, annotations = {} } }: KubernetesObject) {
  if (!(ASPNET_LABEL in labels)) return undefined;
  const path = annotations.HealthChecksPath ?? ASPNET_PATH;
  const { HealthChecksPort: port, HealthChecksScheme: scheme } = annotations;
  return {
    probe: 'http',
    path: path.startsWith('/') ? path : `/${path}`,
    ...(port && { port }),
    scheme: scheme?.toLowerCase() === 'https' ? 'https' : 'http',
  };
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
