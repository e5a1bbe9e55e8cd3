// A question of Gatus to a name server as a probe of OpenK.

import { common, finish } from './common-conditions.ts';
import { type Condition, callOf, evaluateCondition } from './condition.ts';
import { lost, type Probed, REFUSED } from './probe.ts';
import type { GatusEndpoint } from './read-gatus.ts';

const RECORD_TYPES = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'PTR', 'CAA', 'SOA']);

export function dns(endpoint: GatusEndpoint): Probed {
  const { type, name } = endpoint.dns!;
  if (!RECORD_TYPES.has(type)) return lost(`OpenK does not ask for records of type ${type}`);
  const parsed = endpoint.conditions.flatMap(({ condition }) => condition ?? []);
  const about = parsed.filter(
    ({ left, right }) => left.placeholder === 'DNS_RCODE' || right.placeholder === 'DNS_RCODE',
  );
  const others = endpoint.conditions.filter(({ condition }) => condition === undefined || !about.includes(condition));
  const all = common(endpoint, others);
  if ('lost' in all) return all;
  const codes = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'FORMERR', 'NOTIMP'];
  const taken = codes.filter((dnsRcode) =>
    about.every((condition) => evaluateCondition(condition, { ...REFUSED, dnsRcode })),
  );
  const expect: string[] = [];
  const rest: Condition[] = [];
  for (const condition of all.conditions) {
    const record = expectedRecord(condition, type);
    if (record !== undefined) expect.push(record);
    else if (!isAnyAnswer(condition)) rest.push(condition);
  }
  const asksAnAnswer = expect.length > 0 || all.conditions.some(isAnyAnswer);
  const probe: Record<string, unknown> = { name: name.replace(/\.$/, ''), type };
  const resolver = endpoint.url.text.replace(/:53$/, '');
  if (!/^[\d.]+(?::\d+)?$|^\[[0-9a-fA-F:]+\](?::\d+)?$/.test(resolver))
    return lost(`the name server of a dns probe has to be an address, and it is ${resolver}`);
  probe.resolver = resolver;
  if (expect.length > 0) {
    probe.expect = expect;
    if (type !== 'TXT')
      all.differences.push('of several answers any may be the expected one; in Gatus the last is looked at');
  }
  if (about.length > 0 && !taken.includes('NOERROR')) {
    if (taken.length !== 1)
      return lost(`OpenK expects one answer code, and these ask for ${taken.join(' or ') || 'none'}`);
    probe.rcode = taken[0];
  } else if (about.length > 0 && taken.length > 1) {
    all.differences.push(`only NOERROR is HEALTHY; in Gatus ${taken.slice(1).join(', ')} is too`);
  } else if (about.length === 0 && !asksAnAnswer) {
    all.differences.push('an error of the name server is UNHEALTHY; Gatus asks for none');
  }
  if (!asksAnAnswer && probe.rcode === undefined) {
    all.differences.push('an answer without records is UNHEALTHY; in Gatus it is not');
  }
  return finish(
    { dns: probe },
    { ...all, said: all.said + about.length + expect.length + (asksAnAnswer ? 1 : 0) },
    rest,
  );
}

/** `[BODY] == 93.184.216.34` */
function expectedRecord({ left, operator, right }: Condition, type: string): string | undefined {
  const isBody = left.placeholder === 'BODY' && left.path === '' && left.wrapper === undefined;
  if (!isBody || operator !== '==' || right.placeholder !== undefined) return undefined;
  if (callOf(right.text, 'pat') !== undefined || callOf(right.text, 'any') !== undefined) return undefined;
  // Gatus has the host of MX and SRV alone, OpenK the whole record.
  return type === 'MX' || type === 'SRV' ? undefined : right.text.replace(/\.$/, '');
}

/** Met by whatever record there is, and by none where there is none. */
function isAnyAnswer(condition: Condition): boolean {
  const met = (body: string) => evaluateCondition(condition, { ...REFUSED, connected: true, body });
  return !met('') && ['93.184.216.34', '2606:2800:220:1::1', 'a.example.', 'v=spf1 -all'].every(met);
}
