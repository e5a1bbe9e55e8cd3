// What modules of blackbox_exporter share, and what one becomes with a target.
import type { Draft } from '../draft.ts';
import { literal } from '../draft.ts';
import type { RecordedAnswer } from '../imported.ts';
import type { Keys } from '../keys.ts';
import type { Secrets } from '../secrets.ts';
import type { SourceMap } from '../source-yaml.ts';

export interface ModuleProbe {
  /** `{ http: … }` */
  readonly probe: Draft;
  readonly differences: readonly string[];
  readonly losses: readonly string[];
  readonly judged?: {
    readonly foreign: (answer: RecordedAnswer) => string | undefined;
    readonly expectedStatus: readonly string[];
    readonly expect: readonly string[];
  };
}

export type ModuleResult = ModuleProbe | { readonly lost: readonly string[] };

export interface ModuleOptions {
  readonly name: string;
  readonly target: string;
  /** That Prometheus has the target called by. */
  readonly hostname: string | undefined;
  readonly secrets: Secrets;
}

/** How texts of a URL are written. */
export const PLAIN = {
  write: literal,
  isOwn: (piece: string) => piece !== '' && piece !== ':',
  resolve: (piece: string) => piece,
};

export function lost(...why: readonly string[]): { readonly lost: readonly string[] } {
  return { lost: why };
}

/** `ip_family`, which blackbox_exporter has as a preference and a fallback. */
export function ipFamily(keys: Keys, fallbackDefault: boolean): string | undefined {
  const preferred = keys.text('preferred_ip_protocol')?.text ?? 'ip6';
  const fallback = keys.text('ip_protocol_fallback')?.text;
  const fallsBack = fallback === undefined ? fallbackDefault : fallback === 'true';
  if (preferred === 'ip4') return fallsBack ? 'PREFER_IPV4' : 'IPV4';
  return fallsBack ? undefined : 'IPV6';
}

/** `tls` of openk.yaml out of a tls_config; what of it there is not goes to `losses`. */
export function clientTls(keys: Keys, losses: string[], options: { readonly hasClientKeys?: boolean } = {}): Draft {
  const { hasClientKeys = true } = options;
  const draft: Record<string, unknown> = {};
  const put = (name: string, key: string) => {
    const text = keys.text(name)?.text;
    if (text !== undefined && text !== '') draft[key] = literal(text);
  };
  put('ca_file', 'ca_file');
  put('server_name', 'server_name');
  if (hasClientKeys) {
    put('cert_file', 'cert_file');
    put('key_file', 'key_file');
  }
  if (keys.text('insecure_skip_verify')?.text === 'true') draft.insecure_skip_verify = true;
  for (const name of ['min_version', 'max_version', 'ca', 'cert', 'key', 'ca_ref', 'cert_ref', 'key_ref']) {
    if (keys.has(name)) losses.push(`tls_config.${name} is not taken over`);
  }
  return draft;
}

export function textsOf(map: SourceMap | undefined): readonly (readonly [name: string, text: string])[] {
  return [...(map?.entries ?? [])].flatMap(([name, value]) =>
    value.kind === 'TEXT' ? [[name, value.text] as const] : [],
  );
}
