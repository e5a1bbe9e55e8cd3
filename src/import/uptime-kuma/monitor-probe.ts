// A monitor of Uptime Kuma as a probe of OpenK, by its type.
import { celPath, celText, type Step } from '../cel-text.ts';
import { type Draft, literal } from '../draft.ts';
import type { RecordedAnswer } from '../imported.ts';
import { isOwnHeader } from '../own-headers.ts';
import { writeUrl } from '../secret-url.ts';
import { isPlainHeader, isSecretBody, type Secrets } from '../secrets.ts';
import { isStatusIn } from '../status-ranges.ts';
import { boolOf, jsonOf, numberOf, type Row, textOf } from './model.ts';

export interface MonitorProbe {
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

export type MonitorResult = MonitorProbe | { readonly lost: readonly string[] };

export interface MonitorOptions {
  readonly secrets: Secrets;
  /** Names the monitor in variables. */
  readonly id: string;
  readonly proxies: readonly Row[];
}

const MAX_REDIRECTS = 20;
const PLAIN = {
  write: literal,
  isOwn: (piece: string) => piece !== '' && piece !== ':',
  resolve: (piece: string) => piece,
};
const RECORD_TYPES = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'PTR', 'CAA', 'SOA']);
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  xml: 'text/xml; charset=utf-8',
};

export function probeOf(monitor: Row, options: MonitorOptions): MonitorResult {
  const type = textOf(monitor, 'type');
  if (boolOf(monitor, 'upside_down'))
    return lost('it is upside down, and OpenK calls nothing healthy because it does not answer');
  switch (type) {
    case 'http':
    case 'keyword':
    case 'json-query':
      return http(monitor, type, options);
    case 'port':
      return port(monitor);
    case 'smtp':
      return smtp(monitor);
    case 'ping':
      return ping(monitor);
    case 'dns':
      return dns(monitor);
    case 'websocket-upgrade':
      return websocket(monitor, options);
    case 'grpc-keyword':
      return lost('it calls a method of its own .proto, and OpenK asks gRPC servers by grpc.health.v1');
    default:
      return lost(`OpenK has no probe like ${type}`);
  }
}

function lost(...why: readonly string[]): { readonly lost: readonly string[] } {
  return { lost: why };
}

function hostPort(monitor: Row, defaultPort = 0): string {
  const host = textOf(monitor, 'hostname');
  const number = numberOf(monitor, 'port') || defaultPort;
  return literal(`${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${number}`);
}

function http(monitor: Row, type: string, options: MonitorOptions): MonitorResult {
  const { secrets, id, proxies } = options;
  const parts = ['KUMA', id];
  const differences: string[] = [];
  const losses: string[] = [];
  const probe: Record<string, unknown> = { url: writeUrl(textOf(monitor, 'url'), secrets, [...parts, 'URL'], PLAIN) };
  const method = (textOf(monitor, 'method') || 'GET').toUpperCase();
  if (method !== 'GET') probe.method = method;
  const body = textOf(monitor, 'body');
  const headers = headersOf(monitor, options, { losses, differences });
  if (body !== '') {
    probe.body = isSecretBody(body) ? secrets.keep([...parts, 'BODY'], body) : literal(body);
    const contentType = CONTENT_TYPES[textOf(monitor, 'http_body_encoding') || 'json'];
    if (contentType !== undefined && !Object.keys(headers).some((name) => /^content-type$/i.test(name)))
      headers['Content-Type'] = contentType;
  }
  if (Object.keys(headers).length > 0) probe.headers = headers;
  const codes = jsonOf(monitor, 'accepted_statuscodes_json');
  const expectedStatus = Array.isArray(codes) && codes.length > 0 ? codes.map(String) : ['200-299'];
  if (expectedStatus.join() !== '200-299') probe.expected_status = expectedStatus;
  const rule =
    type === 'keyword'
      ? keywordRule(monitor, differences)
      : type === 'json-query'
        ? jsonRule(monitor, differences)
        : undefined;
  if (rule !== undefined && 'lost' in rule) return rule;
  if (rule !== undefined) probe.expect = [literal(rule.expression)];
  if (boolOf(monitor, 'ignore_tls')) probe.tls = { insecure_skip_verify: true };
  const redirects = monitor.maxredirects === undefined ? 10 : numberOf(monitor, 'maxredirects');
  if (redirects > 0) probe.follow_redirects = Math.min(redirects, MAX_REDIRECTS);
  if (probe.tls !== undefined && redirects === 0 && /^http:/i.test(textOf(monitor, 'url'))) delete probe.tls;
  takeAuthentication(monitor, options, probe, losses);
  const proxy = proxies.find(
    (each) => Number(each.id) === numberOf(monitor, 'proxy_id') && boolOf(each, 'active', true),
  );
  if (proxy !== undefined) takeProxy(proxy, options, probe, losses);
  const family = textOf(monitor, 'ip_family');
  if (family === 'ipv4' || family === 'ipv6') probe.ip_family = family.toUpperCase();
  if (boolOf(monitor, 'cache_bust'))
    differences.push('no parameter is added to the URL to get around caches (cache_bust)');
  if (boolOf(monitor, 'expiry_notification') && /^https:/i.test(textOf(monitor, 'url'))) {
    differences.push(
      "nobody hears that its certificate is about to expire: add `certificate_expires_in > duration('336h')` to `expect`, or a tls probe",
    );
  }
  if (type === 'json-query' && boolOf(monitor, 'retry_only_on_status_code_failure'))
    differences.push('a value that is not as expected goes through the retries, too, where it counts at once in Kuma');
  const expect = rule === undefined ? [] : [rule.expression];
  const foreign = (answer: RecordedAnswer) => {
    if (!isStatusIn(expectedStatus, answer.status)) return `the status is ${answer.status}`;
    return rule?.isMet(answer) === false ? rule.words : undefined;
  };
  return { probe: { http: probe }, differences, losses, judged: { foreign, expectedStatus, expect } };
}

function headersOf(
  monitor: Row,
  { secrets, id }: MonitorOptions,
  { losses, differences }: { readonly losses: string[]; readonly differences: string[] },
): Record<string, string> {
  const written: Record<string, string> = {};
  const json = jsonOf(monitor, 'headers');
  if (textOf(monitor, 'headers') !== '' && (typeof json !== 'object' || json === null))
    losses.push('its headers are no JSON');
  for (const [name, value] of Object.entries(typeof json === 'object' && json !== null ? json : {})) {
    if (isOwnHeader(name, differences)) continue;
    written[name] = isPlainHeader(name) ? literal(String(value)) : secrets.keep(['KUMA', id, name], String(value));
  }
  // A header of its own counts more.
  if (Object.keys(written).some((name) => /^authorization$/i.test(name))) return written;
  const credentials = credentialsOf(monitor);
  if (credentials !== undefined) written.Authorization = secrets.keep(['KUMA', id, 'AUTHORIZATION'], credentials);
  return written;
}

/** What it shows by itself, as the value of Authorization. */
function credentialsOf(monitor: Row): string | undefined {
  const user = textOf(monitor, 'basic_auth_user');
  // A backup of 1.x may be older than the choice of a method. Where there is a choice, what stands beside it may be what was filled in before.
  const method = monitor.auth_method === undefined && user !== '' ? 'basic' : textOf(monitor, 'auth_method');
  if (method === 'bearer') return `Bearer ${textOf(monitor, 'bearer_token')}`;
  if (method !== 'basic') return undefined;
  return `Basic ${Buffer.from(`${user}:${textOf(monitor, 'basic_auth_pass')}`).toString('base64')}`;
}

function takeAuthentication(
  monitor: Row,
  { secrets, id }: MonitorOptions,
  probe: Record<string, unknown>,
  losses: string[],
): void {
  const method = textOf(monitor, 'auth_method');
  if (method === 'ntlm') losses.push('it logs in by NTLM, which OpenK does not');
  if (method === 'mtls')
    losses.push('its client certificate is in the database: put it into files, and name them in `tls`');
  if (method !== 'oauth2-cc') return;
  const scopes = textOf(monitor, 'oauth_scopes')
    .split(/\s+/)
    .filter((scope) => scope !== '');
  const audience = textOf(monitor, 'oauth_audience');
  probe.oauth2 = {
    token_url: literal(textOf(monitor, 'oauth_token_url')),
    client_id: literal(textOf(monitor, 'oauth_client_id')),
    client_secret: secrets.keep(['KUMA', id, 'CLIENT_SECRET'], textOf(monitor, 'oauth_client_secret')),
    ...(scopes.length > 0 && { scopes: scopes.map(literal) }),
    ...(audience !== '' && { audience: literal(audience) }),
    ...(textOf(monitor, 'oauth_auth_method') === 'client_secret_post' && { client_authentication: 'POST' }),
  };
}

function takeProxy(
  proxy: Row,
  { secrets, id }: MonitorOptions,
  probe: Record<string, unknown>,
  losses: string[],
): void {
  const protocol = textOf(proxy, 'protocol');
  if (protocol !== 'http') {
    losses.push(`it goes through a proxy by ${protocol}, and OpenK goes through HTTP proxies only`);
    return;
  }
  const credentials = boolOf(proxy, 'auth')
    ? `${encodeURIComponent(textOf(proxy, 'username'))}:${encodeURIComponent(textOf(proxy, 'password'))}@`
    : '';
  probe.proxy = writeUrl(
    `http://${credentials}${textOf(proxy, 'host')}:${numberOf(proxy, 'port')}`,
    secrets,
    ['KUMA', id, 'PROXY'],
    PLAIN,
  );
}

interface AnswerRule {
  readonly expression: string;
  /** As Kuma has it. */
  readonly isMet: (answer: RecordedAnswer) => boolean;
  readonly words: string;
}

function keywordRule(monitor: Row, differences: string[]): AnswerRule {
  const keyword = textOf(monitor, 'keyword');
  const isInverted = boolOf(monitor, 'invert_keyword');
  if (/["{}[\]:,]/.test(keyword))
    differences.push('of JSON Kuma searches what it writes itself, without blanks; OpenK what was sent');
  const find = ({ body }: RecordedAnswer) => (rewritten(body).includes(keyword) ? !isInverted : isInverted);
  return {
    expression: `${isInverted ? '!' : ''}body.contains(${celText(keyword)})`,
    isMet: find,
    words: `the keyword is ${isInverted ? 'there' : 'not there'}`,
  };
}

/** JSON as Kuma has it after reading it. */
function rewritten(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'string' ? json : JSON.stringify(json);
  } catch {
    return body;
  }
}

function jsonRule(monitor: Row, differences: string[]): AnswerRule | { readonly lost: readonly string[] } {
  const query = textOf(monitor, 'json_path') || '$';
  const steps = plainPath(query);
  if (steps === undefined) return lost(`its query ${query} is more of JSONata than a path, which OpenK does not have`);
  const operator = textOf(monitor, 'json_path_operator') || '==';
  const expected = textOf(monitor, 'expected_value');
  const path = celPath(steps);
  const number = Number(expected);
  const values = [
    ...(expected !== '' && String(number) === expected ? [expected] : []),
    ...(expected === 'true' || expected === 'false' ? [expected] : []),
    celText(expected),
  ];
  const equal = values.length === 1 ? `${path} == ${values[0]}` : `${path} in [${values.join(', ')}]`;
  const value = (answer: RecordedAnswer) => valueAt(answer.body, steps);
  const rule = (expression: string, isMet: (text: string) => boolean): AnswerRule => ({
    expression,
    isMet: (answer) => {
      const found = value(answer);
      return found !== undefined && isMet(found);
    },
    words: `${query} ${operator} ${expected}`,
  });
  switch (operator) {
    case '==':
      return rule(equal, (text) => text === expected);
    case '!=':
      differences.push('a list or an object is other than the value expected, which Kuma calls a fault');
      return rule(`${path} != null && !(${equal})`, (text) => text !== expected);
    case 'contains':
      return rule(`string(${path}).contains(${celText(expected)})`, (text) => text.includes(expected));
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (expected.trim() === '' || !Number.isFinite(number))
        return lost(`it compares with "${expected}", which is no number`);
      const compare = {
        '<': (n: number) => n < number,
        '<=': (n: number) => n <= number,
        '>': (n: number) => n > number,
        '>=': (n: number) => n >= number,
      };
      return rule(
        `double(${path}) ${operator} ${number < 0 || Number.isInteger(number) ? `double(${celText(String(number))})` : number}`,
        (text) => compare[operator](Number(text)),
      );
    }
    default:
      return lost(`OpenK does not compare by ${operator}`);
  }
}

/** `$.data.items[0].name`; undefined for what is more than a path. */
function plainPath(query: string): readonly Step[] | undefined {
  const path = query.trim().replace(/^\$\.?/, '');
  if (path === '') return [];
  const steps: Step[] = [];
  for (const [at, part] of path.split('.').entries()) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*|`[^`]+`)?((?:\[\d+\])*)$/.exec(part);
    if (match === null || (match[1] === undefined && (at > 0 || match[2] === ''))) return undefined;
    if (match[1] !== undefined) steps.push(match[1].replaceAll('`', ''));
    for (const [, position] of (match[2] ?? '').matchAll(/\[(\d+)\]/g)) steps.push(Number(position));
  }
  return steps;
}

/** What Kuma compares: a primitive as text. */
function valueAt(body: string, steps: readonly Step[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = body;
  }
  for (const step of steps)
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
}

/** STARTTLS by the port that it is asked for at; Kuma goes by what the server says first. */
const STARTTLS_OF_PORT: Readonly<Record<number, string>> = { 25: 'SMTP', 587: 'SMTP', 143: 'IMAP' };

function port(monitor: Row): MonitorResult {
  const alert = textOf(monitor, 'expected_tls_alert');
  if (alert !== '' && alert !== 'none')
    return lost(`it waits for the TLS alert ${alert}, and OpenK calls nothing healthy that refuses it`);
  const target = hostPort(monitor);
  const security = textOf(monitor, 'smtp_security');
  // Without a look at the certificate Kuma does not begin with TLS.
  if (!boolOf(monitor, 'expiry_notification') || (security !== 'secure' && security !== 'starttls'))
    return { probe: { tcp: { target } }, differences: [], losses: [] };
  const differences = ['nobody hears that its certificate is about to expire: a tls probe warns of it'];
  if (security === 'secure') return { probe: { tcp: { target, tls: {} } }, differences, losses: [] };
  const starttls = STARTTLS_OF_PORT[numberOf(monitor, 'port')];
  if (starttls === undefined)
    return { probe: { tcp: { target } }, differences: [], losses: ['TLS is not begun (STARTTLS): name `starttls`'] };
  return { probe: { tcp: { target, starttls } }, differences, losses: [] };
}

function smtp(monitor: Row): MonitorResult {
  const target = hostPort(monitor, 25);
  const security = textOf(monitor, 'smtp_security');
  if (security === 'starttls') return { probe: { tcp: { target, starttls: 'SMTP' } }, differences: [], losses: [] };
  const probe = { target, expect: '^220', ...(security === 'secure' && { tls: {} }) };
  return {
    probe: { tcp: probe },
    differences: ['the server has to begin with 220, and no more is said to it'],
    losses: [],
  };
}

function ping(monitor: Row): MonitorResult {
  const losses =
    numberOf(monitor, 'packet_size') > 0 && numberOf(monitor, 'packet_size') !== 56
      ? ['packet_size is not taken over']
      : [];
  const count = numberOf(monitor, 'ping_count');
  const differences = count > 1 ? [`Kuma sends ${count} packets, of which one answer is enough; OpenK sends one`] : [];
  return { probe: { icmp: { target: literal(textOf(monitor, 'hostname')) } }, differences, losses };
}

function dns(monitor: Row): MonitorResult {
  const type = textOf(monitor, 'dns_resolve_type') || 'A';
  if (!RECORD_TYPES.has(type)) return lost(`OpenK does not ask for records of type ${type}`);
  const [server = ''] = textOf(monitor, 'dns_resolve_server')
    .split(',')
    .map((each) => each.trim());
  const port = numberOf(monitor, 'port') || 53;
  const differences = textOf(monitor, 'dns_resolve_server').includes(',')
    ? [`of its name servers the first one, ${server}, is asked`]
    : [];
  const conditions = jsonOf(monitor, 'conditions');
  const losses =
    Array.isArray(conditions) && conditions.length > 0
      ? ['its conditions on records are not asked: `expect` lists records']
      : [];
  const probe = {
    name: literal(textOf(monitor, 'hostname').replace(/\.$/, '')),
    type,
    ...(server !== '' && { resolver: server.includes(':') ? `[${server}]:${port}` : `${server}:${port}` }),
  };
  return { probe: { dns: probe }, differences, losses };
}

function websocket(monitor: Row, options: MonitorOptions): MonitorResult {
  const { secrets, id } = options;
  const losses: string[] = [];
  const differences: string[] = [];
  const probe: Record<string, unknown> = {
    url: writeUrl(textOf(monitor, 'url'), secrets, ['KUMA', id, 'URL'], PLAIN),
  };
  const subprotocols = textOf(monitor, 'ws_subprotocol').replace(/\s/g, '');
  if (subprotocols !== '') probe.subprotocols = subprotocols.split(',').map(literal);
  const headers = headersOf(monitor, options, { losses, differences });
  if (Object.keys(headers).length > 0) probe.headers = headers;
  const method = textOf(monitor, 'auth_method');
  if (method === 'oauth2-cc') losses.push('it logs in by OAuth2, which OpenK does over HTTP alone');
  else takeAuthentication(monitor, options, probe, losses);
  // Elsewhere Kuma trusts no certificate that is not signed.
  if (method === 'mtls' && boolOf(monitor, 'ignore_tls')) probe.tls = { insecure_skip_verify: true };
  if (boolOf(monitor, 'ws_ignore_sec_websocket_accept_header'))
    losses.push('an answer without the right Sec-WebSocket-Accept is none (ws_ignore_sec_websocket_accept_header)');
  const codes = jsonOf(monitor, 'accepted_statuscodes_json');
  const accepted = Array.isArray(codes) ? codes.map(String) : [];
  // Once it is open Kuma closes it with 1000, which the server says again. The column has the codes of HTTP where nobody chose.
  const others = accepted.filter((code) => code !== '1000' && code !== '200-299');
  if (others.length > 0) losses.push(`with what code it is closed (${others.join(', ')}) is not asked`);
  return { probe: { websocket: probe }, differences, losses };
}
