// The probe kind `dns`: asks a name server for records and compares them with what is expected. It asks by itself and
// not through the system's lookup, so that the hosts file and caches of the machine have no say.
import type { CaaRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type DnsProbe, DnsProbe_Rcode as Rcode, DnsProbe_Type as Type } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation, Reason } from '../core/observation.ts';
import { AddressDenied } from './addresses.ts';
import { byteText } from './byte-text.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { readDnsName } from './host-port.ts';
import type { ProbeKind } from './probe.ts';
import { failure, reason } from './reason.ts';
import { resolverHost } from './way.ts';

/** How long one try waits for its answer; later tries wait longer. Datagrams get lost, so there is more than one. */
const TRY_TIMEOUT_MS = 1000;
const TRIES = 4;
/** Answers that a reason shows. */
const MAX_SHOWN = 20;
/** The one host of all probes that ask the name servers of the system. */
const SYSTEM_HOST = 'system-resolver';

/** How records of one type are asked for and written. */
interface RecordType {
  readonly name: string;
  readonly resolve: (resolver: Resolver, name: string) => Promise<readonly string[]>;
  /** The form in which answers and expectations are compared. */
  readonly normalize: (record: string) => string;
  /** Whether an expected record may be the first words of an answer. */
  readonly byFirstWords?: boolean;
  /** What is wrong with an expected record. */
  readonly fault?: (record: string) => string | undefined;
}

const asHost = (record: string) => (readDnsName(record) ?? record).toLowerCase().replace(/\.$/, '');
const asIs = (record: string) => record;
/** The shortest form (RFC 5952), as URLs have it. */
const asIPv6 = (record: string) => URL.parse(`http://[${record}]`)?.hostname.slice(1, -1) ?? record;
const unless = (holds: (record: string) => boolean, message: string) => (record: string) =>
  holds(record) ? undefined : message;

const A: RecordType = {
  name: 'A',
  resolve: (resolver, name) => resolver.resolve4(name),
  normalize: asIs,
  fault: unless(isIPv4, 'is no IPv4 address'),
};

const RECORD_TYPES: Readonly<Record<Type, RecordType>> = {
  [Type.UNSPECIFIED]: A,
  [Type.A]: A,
  [Type.AAAA]: {
    name: 'AAAA',
    resolve: (resolver, name) => resolver.resolve6(name),
    normalize: asIPv6,
    // A zone such as %eth0 means something on one machine only.
    fault: unless((record) => isIPv6(record) && !record.includes('%'), 'is no IPv6 address'),
  },
  [Type.CNAME]: { name: 'CNAME', resolve: (resolver, name) => resolver.resolveCname(name), normalize: asHost },
  [Type.MX]: {
    name: 'MX',
    resolve: async (resolver, name) =>
      (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`),
    normalize: asHost,
    fault: unless((record) => /^\d+ \S+$/.test(record), 'is not of the form PRIORITY HOST'),
  },
  [Type.NS]: { name: 'NS', resolve: (resolver, name) => resolver.resolveNs(name), normalize: asHost },
  [Type.TXT]: {
    name: 'TXT',
    // A text longer than 255 bytes comes in parts (RFC 7208, section 3.3).
    resolve: async (resolver, name) => (await resolver.resolveTxt(name)).map((parts) => byteText(parts.join(''))),
    normalize: asIs,
  },
  [Type.SRV]: {
    name: 'SRV',
    resolve: async (resolver, name) =>
      (await resolver.resolveSrv(name)).map(
        ({ priority, weight, port, name: host }) => `${priority} ${weight} ${port} ${host}`,
      ),
    normalize: asHost,
    fault: unless((record) => /^\d+ \d+ \d+ \S+$/.test(record), 'is not of the form PRIORITY WEIGHT PORT HOST'),
  },
  [Type.PTR]: {
    name: 'PTR',
    resolve: (resolver, name) => (isIP(name) ? resolver.reverse(name) : resolver.resolvePtr(name)),
    normalize: asHost,
  },
  [Type.CAA]: {
    name: 'CAA',
    resolve: async (resolver, name) => (await resolver.resolveCaa(name)).map(caaText),
    normalize: asIs,
    fault: unless((record) => /^\d+ [a-z0-9]+ /.test(record), 'is not of the form FLAGS TAG VALUE'),
  },
  [Type.SOA]: {
    name: 'SOA',
    resolve: async (resolver, name) => {
      const { nsname, hostmaster, serial, refresh, retry, expire, minttl } = await resolver.resolveSoa(name);
      return [[nsname, hostmaster, serial, refresh, retry, expire, minttl].join(' ')];
    },
    normalize: (record) => record.split(' ').map(asHost).join(' '),
    byFirstWords: true,
  },
};

/** The codes of answers by their names in c-ares; where they are expected there is nothing to compare. */
const RCODES: Readonly<Record<Rcode, { readonly name: string; readonly code?: string }>> = {
  [Rcode.UNSPECIFIED]: { name: 'NOERROR' },
  [Rcode.NOERROR]: { name: 'NOERROR' },
  [Rcode.FORMERR]: { name: 'FORMERR', code: 'EFORMERR' },
  [Rcode.SERVFAIL]: { name: 'SERVFAIL', code: 'ESERVFAIL' },
  [Rcode.NXDOMAIN]: { name: 'NXDOMAIN', code: 'ENOTFOUND' },
  [Rcode.NOTIMP]: { name: 'NOTIMP', code: 'ENOTIMP' },
  [Rcode.REFUSED]: { name: 'REFUSED', code: 'EREFUSED' },
};

export const dnsProbe: ProbeKind<DnsProbe> = {
  kind: 'dns',
  host: ({ resolver }) => {
    if (resolver === '') return SYSTEM_HOST;
    return resolverHost(resolver);
  },
  check,
  create(options, { clock, dialer }) {
    assertNoFaults('dns', check(options));
    const type = recordType(options.type);
    const rcode = RCODES[options.rcode] ?? RCODES[Rcode.NOERROR];
    const resolver = new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
    if (options.resolver !== '') resolver.setServers([options.resolver]);
    const name = isIP(options.name) ? options.name : (readDnsName(options.name) ?? options.name);
    const shown = `${type.name} record of ${options.name}`;

    return {
      async run({ signal }) {
        signal.throwIfAborted();
        // The resolver opens its sockets by itself.
        if (options.resolver !== '' && dialer.denies(resolverHost(options.resolver))) {
          return failure(new AddressDenied(resolverHost(options.resolver)), options.resolver, 0);
        }
        const startedMs = clock.monotonicMs();
        const observed = (outcome: Observation['outcome'], why: Reason): Observation => {
          const latencyMs = clock.monotonicMs() - startedMs;
          return { outcome, reason: why, latencyMs, phases: { dnsMs: latencyMs } };
        };
        const cancel = () => resolver.cancel();
        signal.addEventListener('abort', cancel, { once: true });
        try {
          const answers = new Set((await type.resolve(resolver, name)).map(type.normalize));
          const missing = options.expect.find((record) => !isAmong(answers, type.normalize(record), type));
          if (rcode.code !== undefined) {
            const message = `the name server answers NOERROR, expected ${rcode.name}`;
            return observed('UNHEALTHY', reason('EXPECTATION_FAILED', message, evidenceOf(answers)));
          }
          if (answers.size === 0) return observed('UNHEALTHY', reason('DNS_NOT_FOUND', `there is no ${shown}`));
          const came = evidenceOf(answers);
          if (missing === undefined) return observed('HEALTHY', reason('OK', `found the ${shown}`, came));
          return observed('UNHEALTHY', reason('EXPECTATION_FAILED', `no ${shown} is ${missing}`, came));
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          const { code } = error as NodeJS.ErrnoException;
          if (rcode.code !== undefined && code === rcode.code) {
            return observed('HEALTHY', reason('OK', `the name server answers ${rcode.name}`));
          }
          if (rcode.code !== undefined && code === 'ENODATA') {
            const message = `the name server answers NOERROR, expected ${rcode.name}`;
            return observed('UNHEALTHY', reason('EXPECTATION_FAILED', message));
          }
          return observed('UNHEALTHY', failureOf(error, options.name, shown));
        } finally {
          signal.removeEventListener('abort', cancel);
        }
      },
      // Sockets are open only while a question is.
      close: async () => resolver.cancel(),
    };
  },
};

/** RFC 8659, section 4.1: Node names the value by its tag. */
function caaText(record: CaaRecord): string {
  const { critical, type: _, ...values } = record as CaaRecord & { readonly type?: string };
  const [tag = '', value = ''] = Object.entries(values)[0] ?? [];
  return `${critical} ${tag} ${byteText(value)}`;
}

function isAmong(answers: ReadonlySet<string>, expected: string, { byFirstWords = false }: RecordType): boolean {
  return answers.has(expected) || (byFirstWords && [...answers].some((answer) => answer.startsWith(`${expected} `)));
}

/** Sorted, since name servers turn the order round from answer to answer. */
function evidenceOf(answers: ReadonlySet<string>): string {
  const sorted = [...answers].sort();
  return `came: ${sorted.slice(0, MAX_SHOWN).join(', ')}${sorted.length > MAX_SHOWN ? ', …' : ''}`;
}

/** The schema lets no other numbers through. */
function recordType(type: Type): RecordType {
  return RECORD_TYPES[type] ?? A;
}

function check({ name, type, expect, rcode }: DnsProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  if (expect.length > 0 && RCODES[rcode]?.code !== undefined)
    faults.push({ path: ['expect'], message: `cannot be among the answers: rcode expects ${RCODES[rcode].name}` });
  if (!isIP(name) && readDnsName(name) === undefined) faults.push({ path: ['name'], message: 'is no domain name' });
  const { fault } = recordType(type);
  for (const [index, record] of expect.entries()) {
    const message = fault?.(record);
    if (message !== undefined) faults.push({ path: ['expect', index], message });
  }
  return faults;
}

/** By the code of the resolver (c-ares); most are the response codes of RFC 1035, section 4.1.1. */
function failureOf(error: unknown, name: string, shown: string): Reason {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ENOTFOUND':
      return reason('DNS_NOT_FOUND', `the name ${name} does not exist`);
    case 'ENODATA':
      return reason('DNS_NOT_FOUND', `there is no ${shown}`);
    case 'ETIMEOUT':
      return reason('DNS_FAILED', 'the name server does not answer');
    case 'ECONNREFUSED':
      return reason('DNS_FAILED', 'the name server cannot be reached');
    default:
      return reason('DNS_FAILED', `the name server gives no answer (${code.replace(/^E/, '') || 'unknown failure'})`);
  }
}
