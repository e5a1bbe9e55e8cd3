// How a target says itself that it wants to be looked at: labels __openk_probe, __openk_path and what is like them. Sources make them of
// annotations and labels of what they know (openk.dev/path, openk.path); a file has them as labels.
import { create } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import {
  ClientTlsSchema,
  type Component,
  DiscoveryProbeSchema,
  GrpcProbeSchema,
  HttpProbeSchema,
  TcpProbeSchema,
  TlsProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { Target } from './source.ts';
import { TemplateFault } from './text-template.ts';

export const HINT = '__openk_';
/** In the order of the documentation. */
export const HINTS = ['probe', 'scheme', 'port', 'path', 'service', 'interval', 'timeout'] as const;
export type Hint = (typeof HINTS)[number];

type Kind = Component['kind'];

/** The labels of hints. Unknown and empty ones are left out. */
export function hintLabels(said: Readonly<Partial<Record<Hint, string | undefined>>>): Record<string, string> {
  return Object.fromEntries(HINTS.flatMap((hint) => (said[hint] ? [[`${HINT}${hint}`, said[hint]]] : [])));
}

/** @throws TemplateFault */
export function hintedKind(target: Target, source: string): Kind {
  if (target.observation !== undefined && !(`${HINT}probe` in target.labels))
    return { case: 'discovery', value: create(DiscoveryProbeSchema, { source, target: target.name }) };
  const hint = (name: Hint) => target.labels[`${HINT}${name}`] ?? '';
  const scheme = hint('scheme').toLowerCase();
  const isHttp = scheme !== '' || hint('path') !== '';
  const kind = hint('probe').toLowerCase() || (isHttp ? 'http' : 'tcp');
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https')
    throw new TemplateFault(`label ${HINT}scheme is neither http nor https`);
  const address = addressOf(target, hint('port'));
  const secure = scheme === 'https' || (scheme === '' && address.endsWith(':443'));
  switch (kind) {
    case 'http': {
      const path = hint('path') || '/';
      if (!path.startsWith('/')) throw new TemplateFault(`label ${HINT}path does not begin with /`);
      const url = `${secure ? 'https' : 'http'}://${address}${encodeURI(path.toWellFormed()).replaceAll('%25', '%')}`;
      return { case: 'http', value: create(HttpProbeSchema, { url }) };
    }
    case 'grpc': {
      const tls = secure ? create(ClientTlsSchema) : undefined;
      return {
        case: 'grpc',
        value: create(GrpcProbeSchema, { target: address, service: hint('service'), ...(tls && { tls }) }),
      };
    }
    case 'tcp':
      return { case: 'tcp', value: create(TcpProbeSchema, { target: address }) };
    case 'tls':
      return { case: 'tls', value: create(TlsProbeSchema, { target: address }) };
    default:
      throw new TemplateFault(`label ${HINT}probe is none of http, grpc, tcp and tls`);
  }
}

/** @throws TemplateFault */
export function hintedSchedule({ labels }: Target): { readonly interval?: Duration; readonly timeout?: Duration } {
  const duration = (name: Hint) => {
    const text = labels[`${HINT}${name}`];
    if (!text) return undefined;
    const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
    if (amount === undefined) throw new TemplateFault(`label ${HINT}${name} is no duration such as 30s`);
    const ms = Math.round(Number(amount) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h']);
    return create(DurationSchema, { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1e6 });
  };
  const [interval, timeout] = [duration('interval'), duration('timeout')];
  return { ...(interval && { interval }), ...(timeout && { timeout }) };
}

function addressOf({ address }: Target, port: string): string {
  if (port === '') return address;
  if (!/^\d{1,5}$/.test(port)) throw new TemplateFault(`label ${HINT}port is no number`);
  return `${address.replace(/:\d+$/, '')}:${port}`;
}
