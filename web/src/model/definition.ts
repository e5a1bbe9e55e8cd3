// What GetComponent says of a definition, as far as the page shows it.

/** The kinds of probes by what they ask; others are known by their kind alone. */
export interface DefinitionJson {
  readonly description?: string;
  readonly interval?: string;
  readonly timeout?: string;
  readonly dependsOn?: readonly string[];
  readonly links?: readonly { readonly title?: string; readonly url: string }[];
  readonly http?: { readonly url?: string; readonly method?: string };
  readonly grpc?: { readonly target?: string; readonly service?: string };
  readonly tcp?: { readonly target?: string };
  readonly dns?: { readonly name?: string; readonly type?: string; readonly resolver?: string };
  readonly tls?: { readonly target?: string };
  readonly heartbeat?: { readonly period?: string; readonly cron?: string; readonly timezone?: string };
  readonly openk?: { readonly server?: string; readonly component?: string };
}

/** Empty where it has none, or the reader may not know it. */
export function targetOf({ http, grpc, tcp, dns, tls, heartbeat, openk }: DefinitionJson): string {
  if (http?.url) return `${http.method ? `${http.method} ` : ''}${http.url}`;
  if (grpc?.target) return `${grpc.target}${grpc.service ? ` ${grpc.service}` : ''}`;
  if (dns?.name) return `${dns.name}${dns.type ? ` ${dns.type}` : ''}${dns.resolver ? ` at ${dns.resolver}` : ''}`;
  if (openk?.server) return `${openk.server}${openk.component ? ` ${openk.component}` : ''}`;
  if (heartbeat?.cron) return `reports at ${heartbeat.cron} ${heartbeat.timezone || 'UTC'}`;
  if (heartbeat?.period) return `reports every ${heartbeat.period}`;
  return tcp?.target ?? tls?.target ?? '';
}
