// Modules of blackbox_exporter for ports, name servers, gRPC and ICMP.
import { literal } from '../draft.ts';
import { Keys } from '../keys.ts';
import { clientTls, ipFamily, lost, type ModuleOptions, type ModuleResult } from './module.ts';

interface Step {
  readonly expect: string | undefined;
  readonly send: string | undefined;
  readonly isStartTls: boolean;
  readonly hasLabels: boolean;
}

export function tcp(keys: Keys, { target, hostname }: ModuleOptions): ModuleResult {
  const losses: string[] = [];
  const differences: string[] = [];
  const probe: Record<string, unknown> = { target: literal(target) };
  const tls = {
    // Prometheus may name a host of each target.
    ...(hostname !== undefined && { server_name: literal(hostname) }),
    ...clientTls(keys.keys('tls_config'), losses),
  };
  if (keys.text('tls')?.text === 'true') probe.tls = tls;
  takeSource(keys, losses);
  const family = ipFamily(keys, true);
  if (family !== undefined) probe.ip_family = family;
  const steps = keys.list('query_response').flatMap((step) => (step.kind === 'MAP' ? [readStep(new Keys(step))] : []));
  if (steps.some(({ hasLabels }) => hasLabels))
    differences.push('labels that are taken out of the answer are not kept');
  if (steps.some(({ isStartTls }) => isStartTls)) {
    const protocol = startTlsProtocol(steps);
    if (protocol === undefined)
      return lost('it asks for TLS in words that are none of SMTP, IMAP, POP3, FTP or PostgreSQL');
    probe.starttls = protocol;
    if (Object.keys(tls).length > 0) probe.tls = tls;
    differences.push(`TLS is asked for in the words of ${protocol}, and nothing is said after it`);
    return { probe: { tcp: probe }, differences, losses };
  }
  const dialogue = oneExchange(steps);
  if (dialogue === undefined)
    return lost('it holds a conversation of several turns, and a tcp probe sends once and expects once');
  if (dialogue.send !== '') probe.send = dialogue.send;
  if (dialogue.expect !== undefined) probe.expect = literal(dialogue.expect);
  if (dialogue.isCut) differences.push('what is sent after the last answer is not');
  return { probe: { tcp: probe }, differences, losses };
}

function readStep(keys: Keys): Step {
  const bytes = keys.text('expect_bytes')?.text;
  return {
    expect:
      keys.text('expect')?.text ?? (bytes === undefined ? undefined : bytes.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')),
    send: keys.text('send')?.text,
    isStartTls: keys.text('starttls')?.text === 'true',
    hasLabels: keys.has('labels'),
  };
}

/** Sends first, then one answer; undefined for more than that. Within a step the answer comes before what is sent. */
function oneExchange(
  steps: readonly Step[],
): { readonly send: string; readonly expect: string | undefined; readonly isCut: boolean } | undefined {
  let send = '';
  let expect: string | undefined;
  let isCut = false;
  for (const step of steps) {
    if (step.expect !== undefined) {
      if (expect !== undefined) return undefined;
      // Each line is looked at by itself there.
      expect = step.expect.includes('^') ? `(?m)${step.expect}` : step.expect;
    }
    if (step.send === undefined) continue;
    if (expect === undefined) send += `${literal(step.send)}\n`;
    else isCut = true;
  }
  return { send, expect, isCut };
}

function startTlsProtocol(steps: readonly Step[]): string | undefined {
  const said = steps.map(({ send }) => send ?? '').join('\n');
  if (said.includes('\u0004\u00d2\u0016\u002f')) return 'POSTGRES';
  if (/^EHLO|^HELO/im.test(said) && /^STARTTLS/im.test(said)) return 'SMTP';
  if (/^\S+ STARTTLS/im.test(said)) return 'IMAP';
  if (/^STLS/im.test(said)) return 'POP3';
  return /^AUTH TLS/im.test(said) ? 'FTP' : undefined;
}

function takeSource(keys: Keys, losses: string[]): void {
  if (keys.has('source_ip_address'))
    losses.push('the address that it comes from (source_ip_address) is the system\u2019s');
}

const RECORD_TYPES = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'PTR', 'CAA', 'SOA']);

export function dns(keys: Keys, { target }: ModuleOptions): ModuleResult {
  const losses: string[] = [];
  const type = keys.text('query_type')?.text ?? 'ANY';
  if (!RECORD_TYPES.has(type)) return lost(`OpenK does not ask for records of type ${type}`);
  if (keys.text('dns_over_tls')?.text === 'true') return lost('it asks over TLS (dns_over_tls), which OpenK does not');
  if ((keys.text('query_class')?.text ?? 'IN') !== 'IN') return lost('it asks for another class than IN');
  if (!/^(?:[\d.]+|\[[0-9a-fA-F:]+\])(?::\d+)?$/.test(target))
    return lost(`the name server of a dns probe has to be an address, and it is ${target}`);
  const probe: Record<string, unknown> = {
    name: literal((keys.text('query_name')?.text ?? '').replace(/\.$/, '')),
    type,
    resolver: target,
  };
  const codes = keys.list('valid_rcodes').flatMap((code) => (code.kind === 'TEXT' ? [code.text] : []));
  if (codes.length > 1) losses.push(`of its valid_rcodes only ${codes[0]} is expected`);
  if (codes[0] !== undefined && codes[0] !== 'NOERROR') probe.rcode = codes[0];
  if (keys.text('transport_protocol')?.text === 'tcp')
    losses.push('it asks by UDP first, and not by TCP (transport_protocol)');
  if (keys.text('recursion_desired')?.text === 'false')
    losses.push('it asks for recursion (recursion_desired is false)');
  for (const key of ['validate_answer_rrs', 'validate_authority_rrs', 'validate_additional_rrs']) {
    if (keys.has(key)) losses.push(`what its records are like (${key}) is not asked: \`expect\` lists records`);
  }
  takeSource(keys, losses);
  keys.ignore('preferred_ip_protocol', 'ip_protocol_fallback', 'tls_config');
  const differences =
    probe.rcode === undefined ? ['an answer without records is UNHEALTHY; there it is a success'] : [];
  return { probe: { dns: probe }, differences, losses };
}

export function grpc(keys: Keys, { name, target, secrets }: ModuleOptions): ModuleResult {
  const losses: string[] = [];
  const [, scheme = '', address = target] = /^(https?):\/\/(.*)$/.exec(target) ?? [];
  const probe: Record<string, unknown> = { target: literal(address.replace(/\/.*$/, '')) };
  const service = keys.text('service')?.text ?? '';
  if (service !== '') probe.service = literal(service);
  const tls = clientTls(keys.keys('tls_config'), losses);
  if (keys.text('tls')?.text === 'true' || scheme === 'https') probe.tls = tls;
  const family = ipFamily(keys, true);
  if (family !== undefined) probe.ip_family = family;
  const metadata = [...(keys.map('metadata')?.entries ?? [])].flatMap(([key, value]): [string, string][] => {
    const [first, ...others] = value.kind === 'LIST' ? value.items : [value];
    if (others.length > 0) losses.push(`of the values of ${key} in its metadata only the first one is sent`);
    return first?.kind === 'TEXT' ? [[key.toLowerCase(), secrets.keep(['BLACKBOX', name, key], first.text)]] : [];
  });
  if (metadata.length > 0) probe.metadata = Object.fromEntries(metadata);
  const differences = ['its timeout counts here, which blackbox_exporter never applied to gRPC'];
  return { probe: { grpc: probe }, differences, losses };
}

export function icmp(keys: Keys, { target }: ModuleOptions): ModuleResult {
  const losses: string[] = [];
  const probe: Record<string, unknown> = { target: literal(target) };
  const family = ipFamily(keys, true);
  if (family !== undefined) probe.ip_family = family;
  for (const key of ['payload_size', 'dont_fragment', 'ttl'])
    if (keys.has(key)) losses.push(`${key} is not taken over`);
  takeSource(keys, losses);
  return { probe: { icmp: probe }, differences: [], losses };
}
