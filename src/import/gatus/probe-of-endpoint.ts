// An endpoint of Gatus as a probe of OpenK, by the kind that its URL names.
import { formatDuration } from '../../config/duration.ts';
import type { Draft } from '../draft.ts';
import type { RecordedAnswer } from '../imported.ts';
import { hasKey, hasKind } from '../openk-keys.ts';
import { writeUrl } from '../secret-url.ts';
import { isPlainHeader, isSecretBody, type Secrets } from '../secrets.ts';
import { statusRanges } from '../status-ranges.ts';
import { type Condition, callOf, evaluateCondition, type GatusAnswer, toNumber } from './condition.ts';
import { type CelCondition, type Oddity, translateCondition } from './condition-to-cel.ts';
import { type Environment, marksIn, resolveMarks, withoutMarks, writeMarks } from './environment.ts';
import { patternToRegex } from './go-pattern.ts';
import type { GatusCondition, GatusEndpoint, Marked } from './read-gatus.ts';

export interface ProbeOf {
  /** `{ http: … }` */
  readonly probe: Draft;
  /** Shorter than the client's, where a condition asks for it. */
  readonly timeoutMs: number;
  readonly differences: readonly string[];
  readonly losses: readonly string[];
  readonly oddities: ReadonlySet<Oddity>;
  /** How its answers are judged; of HTTP. */
  readonly judged?: {
    readonly foreign: (answer: RecordedAnswer) => string | undefined;
    readonly expectedStatus: readonly string[];
    readonly expect: readonly string[];
  };
}

export interface ProbeOptions {
  readonly env: Environment;
  readonly secrets: Secrets;
  /** Names the endpoint in variables. */
  readonly key: string;
}

/** What Gatus has of somebody who does not answer. */
const REFUSED: GatusAnswer = { status: 0, connected: false, body: '', latencyMs: 0 };
/** As many as OpenK follows; Gatus follows them until its timeout. */
const MAX_REDIRECTS = 20;
const RECORD_TYPES = new Set(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'PTR']);

/** The probe, or why there is none. */
export function probeOf(
  endpoint: GatusEndpoint,
  options: ProbeOptions,
): ProbeOf | { readonly lost: readonly string[] } {
  const url = endpoint.url.text;
  if (endpoint.client.tunnel !== undefined) return lost('it goes through an SSH tunnel, which OpenK does not');
  if (endpoint.client.hasIdentityAwareProxy)
    return lost('it logs in at an Identity-Aware Proxy of Google, which OpenK does not');
  if (endpoint.dns !== undefined) return dns(endpoint);
  const scheme = /^([a-z0-9+]+):\/\//.exec(url)?.[1];
  switch (scheme) {
    case 'http':
    case 'https':
      return http(endpoint, options);
    case 'tcp':
      return tcp(endpoint, options, url.slice('tcp://'.length), {});
    case 'tls':
      return tls(endpoint, options, url.slice('tls://'.length));
    case 'starttls':
      return starttls(endpoint, url.slice('starttls://'.length));
    case 'grpc':
    case 'grpcs':
      return grpc(endpoint, options);
    case 'icmp':
      return icmp(endpoint);
    case 'ssh':
      return ssh(endpoint);
    case 'ws':
    case 'wss':
      return websocket(endpoint, options);
    case 'udp':
    case 'sctp':
      return lost(`OpenK has no probe for ${scheme}`);
    default:
      return lost(
        url === '' ? 'its url is empty here: it is of a variable that is not set' : 'Gatus knows no such url either',
      );
  }
}

function lost(...why: readonly string[]): { readonly lost: readonly string[] } {
  return { lost: why };
}

// ---- HTTP

function http(endpoint: GatusEndpoint, options: ProbeOptions): ReturnType<typeof probeOf> {
  const { client, url } = endpoint;
  const { secrets, key } = options;
  const conditions = httpConditions(endpoint);
  if ('lost' in conditions) return conditions;
  const differences = [...conditions.differences];
  const losses = [...conditions.losses];
  const body = requestBody(endpoint, options, losses);
  const headers = requestHeaders(endpoint, options, differences);
  const proxy = client.proxyUrl;
  const probe: Record<string, unknown> = {
    url: writeUrl(url.raw, secrets, ['GATUS', key, 'URL'], marked(options.env)),
  };
  if (endpoint.method !== 'GET') probe.method = endpoint.method;
  if (Object.keys(headers).length > 0) probe.headers = headers;
  if (body !== '') probe.body = body;
  probe.expected_status = conditions.expectedStatus;
  if (conditions.expect.length > 0) probe.expect = conditions.expect;
  const tlsOptions = clientTls(endpoint, differences);
  if (tlsOptions !== undefined) probe.tls = tlsOptions;
  if (!client.ignoreRedirect) probe.follow_redirects = MAX_REDIRECTS;
  if (proxy !== undefined) {
    if (!hasKey('http', 'proxy')) losses.push('it goes through a proxy (client.proxy-url), which OpenK does not');
    else if (!/^http:/i.test(proxy.text))
      losses.push('OpenK goes through HTTP proxies only, and client.proxy-url is another');
    else probe.proxy = writeUrl(proxy.raw, secrets, ['GATUS', key, 'PROXY'], marked(options.env));
  }
  if (client.oauth2 !== undefined) {
    if (!hasKey('http', 'oauth2')) losses.push('it gets a token by OAuth2 (client.oauth2), which OpenK does not');
    else {
      probe.oauth2 = {
        token_url: writeUrl(client.oauth2.tokenUrl.raw, secrets, ['GATUS', key, 'TOKEN_URL'], marked(options.env)),
        client_id: writeMarks(client.oauth2.clientId.raw),
        client_secret: secretText(client.oauth2.clientSecret, options, 'CLIENT_SECRET'),
        scopes: client.oauth2.scopes.map(({ raw }) => writeMarks(raw)),
      };
    }
  }
  takeResolver(endpoint, 'http', probe, losses);
  if (client.storesCookies) differences.push('cookies of one run are not sent in the next');
  return {
    probe: { http: probe },
    timeoutMs: client.timeoutMs,
    differences,
    losses,
    oddities: conditions.oddities,
    judged: {
      foreign: (answer) => gatusComplaint(endpoint.conditions, answer),
      expectedStatus: conditions.expectedStatus,
      expect: conditions.resolved,
    },
  };
}

function gatusComplaint(conditions: readonly GatusCondition[], answer: RecordedAnswer): string | undefined {
  const seen: GatusAnswer = {
    status: answer.status,
    connected: true,
    body: answer.body,
    latencyMs: answer.latencyMs,
    certificateExpiresInMs: answer.certificateExpiresInMs ?? 0,
  };
  const unmet = conditions.filter(({ condition }) => condition === undefined || !evaluateCondition(condition, seen));
  return unmet.length === 0 ? undefined : unmet.map(({ text }) => text).join(', ');
}

interface HttpConditions {
  readonly expectedStatus: readonly string[];
  /** As they stand in openk.yaml. */
  readonly expect: readonly string[];
  /** With the values of variables. */
  readonly resolved: readonly string[];
  readonly differences: readonly string[];
  readonly losses: readonly string[];
  readonly oddities: ReadonlySet<Oddity>;
}

function httpConditions({
  conditions,
  url,
  client,
}: GatusEndpoint): HttpConditions | { readonly lost: readonly string[] } {
  const differences: string[] = [];
  const losses: string[] = [];
  const oddities = new Set<Oddity>();
  const expressions: { readonly written: string; readonly resolved: string }[] = [];
  const statusConditions: Condition[] = [];
  let said = 0;
  for (const { raw, text, condition } of conditions) {
    if (condition === undefined) continue;
    if (condition.ignored !== '')
      differences.push(`Gatus reads over "${condition.ignored}" in "${text}", and so it is here`);
    const translated = translateCondition(condition);
    if (translated.kind === 'LOST') {
      losses.push(`"${text}" is not asked: ${translated.why}`);
      continue;
    }
    said++;
    if (marksIn(raw).length > 0) differences.push(`"${text}" has the values that ${variables(raw)} had here`);
    if (translated.kind === 'STATUS') statusConditions.push(condition);
    else if (translated.kind === 'CONSTANT') {
      if (!translated.met && isAboutConnection(condition)) {
        return lost(`"${text}" asks that nobody answers, which OpenK cannot call healthy`);
      }
      if (!translated.met) expressions.push({ written: 'status < 0', resolved: 'status < 0' });
      if (!isAboutConnection(condition))
        differences.push(
          `"${text}" is ${translated.met ? 'met by every' : 'met by no'} answer, there and here: is it meant so?`,
        );
    } else {
      const cel = translated.kind === 'CERTIFICATE' ? certificateExpression(translated, url.text) : translated;
      if ('why' in cel) {
        said--;
        losses.push(`"${text}" is not asked: ${cel.why}`);
        continue;
      }
      differences.push(...cel.differences);
      for (const oddity of cel.oddities) oddities.add(oddity);
      expressions.push({ written: writeMarks(cel.expression), resolved: cel.expression });
    }
  }
  if (said === 0) return lost(...losses);
  const isTaken = (status: number) =>
    statusConditions.every((condition) => evaluateCondition(condition, { ...REFUSED, connected: true, status }));
  const ranges = statusRanges(isTaken);
  if (ranges === undefined) {
    const texts = statusConditions.map(({ text }) => `"${text}"`).join(' and ');
    differences.push(`${texts} ${statusConditions.length === 1 ? 'is' : 'are'} met by no status, there and here`);
    expressions.push({ written: 'status < 0', resolved: 'status < 0' });
  }
  const parsed = conditions.flatMap(({ condition }) => condition ?? []);
  if (parsed.every((condition) => evaluateCondition(condition, REFUSED))) {
    differences.push(
      'Gatus calls it healthy also where nobody answers, since its conditions are met then; here it is UNHEALTHY',
    );
  }
  if (client.insecure && expressions.some(({ resolved }) => resolved.includes('certificate_'))) {
    differences.push('the certificate is not verified, and its expiry is looked at all the same');
  }
  return {
    expectedStatus: ranges ?? ['100-599'],
    expect: unique(expressions.map(({ written }) => written)),
    resolved: unique(expressions.map(({ resolved }) => resolved)),
    differences: unique(differences),
    losses,
    oddities,
  };
}

function certificateExpression(
  { operator, ms }: Extract<CelCondition, { kind: 'CERTIFICATE' }>,
  url: string,
): Extract<CelCondition, { kind: 'EXPRESSION' | 'LOST' }> {
  if (operator === '<' || operator === '<=') return { kind: 'LOST', why: 'it asks that a certificate expires soon' };
  if (!url.startsWith('https://')) {
    // A redirect may lead to https.
    return { kind: 'LOST', why: 'there is no certificate over http, so that Gatus never finds it met' };
  }
  return CERTIFICATE_EXPRESSION(operator, ms);
}

/** Until expectations know certificates. */
const CERTIFICATE_EXPRESSION = (
  _operator: string,
  _ms: number,
): Extract<CelCondition, { kind: 'EXPRESSION' | 'LOST' }> => ({
  kind: 'LOST',
  why: 'OpenK looks at certificates by a probe of kind tls alone: add one',
});

function isAboutConnection({ left, right }: Condition): boolean {
  return left.placeholder === 'CONNECTED' || right.placeholder === 'CONNECTED';
}

function requestBody(
  { body, graphql, name, group, url }: GatusEndpoint,
  options: ProbeOptions,
  losses: string[],
): string {
  if (body.raw === '') return '';
  const fill = (text: string) =>
    text
      .replaceAll('[ENDPOINT_NAME]', name)
      .replaceAll('[ENDPOINT_GROUP]', group)
      .replaceAll('[ENDPOINT_URL]', url.text);
  const wrap = (text: string) => (graphql ? JSON.stringify({ query: text }) : text);
  const raw = wrap(fill(body.raw));
  if (/\[RANDOM_STRING_\d+\]/.test(raw))
    losses.push('its body has [RANDOM_STRING_n], which OpenK sends as it is written');
  if (!isSecretBody(withoutMarks(raw))) return writeMarks(raw);
  return options.secrets.keep(['GATUS', options.key, 'BODY'], resolveMarks(raw, options.env));
}

function requestHeaders(
  { headers, graphql }: GatusEndpoint,
  options: ProbeOptions,
  differences: string[],
): Readonly<Record<string, string>> {
  const written: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (/^content-length$/i.test(name)) {
      differences.push('content-length is computed, and not what the file says');
      continue;
    }
    written[name] = isPlainHeader(name) ? writeMarks(value.raw) : secretText(value, options, name);
  }
  const hasType = [...headers.keys()].some((name) => /^content-type$/i.test(name));
  return graphql && !hasType ? { ...written, 'Content-Type': 'application/json' } : written;
}

/** A value that nobody else is to see: where it is all of variables, it is one already. */
function secretText({ raw, text }: Marked, { secrets, key }: ProbeOptions, name: string): string {
  const own = withoutMarks(raw).replace(/^\s*(?:Bearer|Basic|Token|ApiKey)\s*/i, '');
  return own.trim() === '' ? writeMarks(raw) : secrets.keep(['GATUS', key, name], text);
}

function clientTls({ client, url }: GatusEndpoint, differences: string[]): Draft | undefined {
  const isTls = /^(?:https|grpcs|tls|wss):/.test(url.text) || !client.ignoreRedirect;
  if (!isTls || (!client.insecure && client.tls === undefined)) return undefined;
  if (client.tls !== undefined) {
    differences.push('the files of the client certificate are looked for from the folder of openk.yaml on');
    if (/^(once|freely)$/.test(client.tls.renegotiation)) differences.push('OpenK does not renegotiate TLS');
  }
  return {
    ...(client.insecure && { insecure_skip_verify: true }),
    ...(client.tls && {
      cert_file: writeMarks(client.tls.certificateFile.raw),
      key_file: writeMarks(client.tls.privateKeyFile.raw),
    }),
  };
}

/** `udp://8.8.8.8:53` */
function takeResolver({ client }: GatusEndpoint, kind: string, probe: Record<string, unknown>, losses: string[]): void {
  if (client.dnsResolver === undefined) return;
  const [, host = '', port = ''] = /^[a-z]+:\/\/([A-Za-z0-9.-]+):(\d+)/.exec(client.dnsResolver) ?? [];
  if (!hasKey(kind, 'resolver'))
    losses.push('it asks a name server of its own (client.dns-resolver), which OpenK does not');
  else if (!/^[\d.]+$/.test(host)) losses.push('the name server of client.dns-resolver has to be an address');
  else probe.resolver = `${host}:${port}`;
}

function marked(env: Environment) {
  return {
    write: writeMarks,
    isOwn: (piece: string) => withoutMarks(piece).replace(/^:/, '') !== '',
    resolve: (piece: string) => resolveMarks(piece, env),
  };
}

function variables(raw: string): string {
  return unique(marksIn(raw).map((name) => `$${name}`)).join(', ');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

// ---- everything but HTTP

interface Remaining {
  /** What is not about connecting, answering in time or the exit code. */
  readonly conditions: readonly Condition[];
  readonly timeoutMs: number;
  readonly differences: string[];
  readonly losses: string[];
  /** Conditions that hold for every answer. */
  readonly said: number;
}

/** Conditions that each kind has. `status` is the one that Gatus has of an answer. */
function common(endpoint: GatusEndpoint, status = 0): Remaining | { readonly lost: readonly string[] } {
  let timeoutMs = endpoint.client.timeoutMs;
  const differences: string[] = [];
  const losses: string[] = [];
  const conditions: Condition[] = [];
  let said = 0;
  const parsed = endpoint.conditions.flatMap(({ condition }) => condition ?? []);
  for (const condition of parsed) {
    const limitMs = latencyLimit(condition);
    const translated = translateCondition(condition);
    if (limitMs !== undefined) {
      said++;
      timeoutMs = Math.min(timeoutMs, limitMs);
      differences.push(`"${condition.text}" is its timeout`);
    } else if (translated.kind === 'CONSTANT' || translated.kind === 'STATUS') {
      if (!evaluateCondition(condition, { ...REFUSED, connected: true, status })) {
        return lost(`"${condition.text}" asks that nobody answers, or is never met: OpenK cannot call that healthy`);
      }
      said++;
    } else {
      conditions.push(condition);
    }
  }
  if (parsed.every((condition) => evaluateCondition(condition, REFUSED))) {
    differences.push(
      'Gatus calls it healthy also where nobody answers, since its conditions are met then; here it is UNHEALTHY',
    );
  }
  return { conditions, timeoutMs: Math.max(timeoutMs, 1), differences, losses, said };
}

/** Milliseconds of `[RESPONSE_TIME] < 500`. */
function latencyLimit({ left, operator, right }: Condition): number | undefined {
  const isLeft = left.placeholder === 'RESPONSE_TIME' && left.wrapper === undefined && right.placeholder === undefined;
  return isLeft && (operator === '<' || operator === '<=') ? Number(toNumber(right.text)) : undefined;
}

/** What no kind takes: an endpoint without any condition that is asked is lost. */
function finish(
  probe: Draft,
  common: Remaining,
  untaken: readonly Condition[],
  why = 'OpenK has no such condition here',
): ReturnType<typeof probeOf> {
  const losses = [
    ...common.losses,
    ...untaken.map((condition) => {
      const translated = translateCondition(condition);
      return `"${condition.text}" is not asked: ${translated.kind === 'LOST' ? translated.why : why}`;
    }),
  ];
  if (common.said === 0 && untaken.length > 0 && untaken.length === common.conditions.length) return lost(...losses);
  return { probe, timeoutMs: common.timeoutMs, differences: common.differences, losses, oddities: new Set() };
}

function tcp(endpoint: GatusEndpoint, options: ProbeOptions, target: string, more: Draft): ReturnType<typeof probeOf> {
  const all = common(endpoint);
  if ('lost' in all) return all;
  const probe: Record<string, unknown> = { target, ...more };
  const untaken: Condition[] = [];
  const body = requestBody(endpoint, options, all.losses);
  if (body !== '') {
    if (/\[LOCAL_ADDRESS\]/.test(body))
      all.losses.push('its body has [LOCAL_ADDRESS], which OpenK sends as it is written');
    probe.send = body;
    const patterns: string[] = [];
    for (const condition of all.conditions) {
      const pattern = answerPattern(condition);
      if (pattern === undefined || patterns.length > 0) untaken.push(condition);
      else patterns.push(pattern);
    }
    // Gatus waits for an answer, whatever it is.
    probe.expect = patterns[0] ?? '(?s).';
    if (patterns[0] !== undefined)
      all.differences.push(
        'the answer is looked at until it is as expected, or the timeout; Gatus takes the first packet',
      );
  } else {
    // Nothing is read where nothing was sent.
    for (const condition of all.conditions) {
      if (evaluateCondition(condition, { ...REFUSED, connected: true })) {
        all.differences.push(
          `"${condition.text}" is met by every answer, since Gatus reads nothing where it sends nothing`,
        );
      } else untaken.push(condition);
    }
  }
  takeResolver(endpoint, 'tcp', probe, all.losses);
  return finish({ tcp: probe }, all, untaken);
}

/** `[BODY] == pat(*ready*)` as RE2 over the whole answer. */
function answerPattern({ left, operator, right }: Condition): string | undefined {
  const isBody = left.placeholder === 'BODY' && left.path === '' && left.wrapper === undefined;
  if (!isBody || operator !== '==' || right.placeholder !== undefined) return undefined;
  const pattern = callOf(right.text, 'pat');
  if (pattern === undefined)
    return callOf(right.text, 'any') === undefined ? `^\\s*${escapeRegex(right.text)}\\s*$` : undefined;
  if (pattern.includes('/')) return undefined;
  return patternToRegex(pattern)
    ?.replace(/^\^(\.\*)?/, (_all, star?: string) => (star === undefined ? '(?s)^\\s*' : '(?s)'))
    .replace(/\.\*\$$/, '');
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function tls(endpoint: GatusEndpoint, options: ProbeOptions, target: string): ReturnType<typeof probeOf> {
  const all = common(endpoint);
  if ('lost' in all) return all;
  const certificates = all.conditions.flatMap((condition) => {
    const translated = translateCondition(condition);
    return translated.kind === 'CERTIFICATE' && (translated.operator === '>' || translated.operator === '>=')
      ? [{ condition, ms: translated.ms }]
      : [];
  });
  if (endpoint.body.raw !== '' || (endpoint.client.insecure && certificates.length === 0)) {
    const options_ = endpoint.client.insecure ? { insecure_skip_verify: true } : {};
    return tcp(endpoint, options, target, { tls: options_ });
  }
  const rest = all.conditions.filter((condition) => !certificates.some((each) => each.condition === condition));
  if (endpoint.client.insecure)
    all.differences.push('its certificate is verified here, which Gatus does not do (client.insecure)');
  const ms = Math.max(0, ...certificates.map((each) => each.ms));
  if (certificates.length > 0) {
    all.differences.push(
      `a certificate that expires within ${formatDuration(ms)} makes it DEGRADED, and UNHEALTHY once it has expired`,
    );
  }
  const probe: Record<string, unknown> = { target, degraded_before: formatDuration(ms) };
  takeResolver(endpoint, 'tls', probe, all.losses);
  return finish({ tls: probe }, { ...all, said: all.said + certificates.length }, rest);
}

function starttls(endpoint: GatusEndpoint, target: string): ReturnType<typeof probeOf> {
  if (!hasKey('tls', 'starttls')) return lost('OpenK has no probe for STARTTLS');
  const all = common(endpoint);
  if ('lost' in all) return all;
  const certificates = all.conditions.flatMap((condition) => {
    const translated = translateCondition(condition);
    return translated.kind === 'CERTIFICATE' && translated.operator.startsWith('>')
      ? [{ condition, ms: translated.ms }]
      : [];
  });
  const rest = all.conditions.filter((condition) => !certificates.some((each) => each.condition === condition));
  const ms = Math.max(0, ...certificates.map((each) => each.ms));
  if (endpoint.client.insecure && certificates.length === 0) {
    return finish({ tcp: { target, starttls: 'SMTP', tls: { insecure_skip_verify: true } } }, all, rest);
  }
  if (certificates.length > 0) {
    all.differences.push(
      `a certificate that expires within ${formatDuration(ms)} makes it DEGRADED, and UNHEALTHY once it has expired`,
    );
  }
  const probe = { target, starttls: 'SMTP', degraded_before: formatDuration(ms) };
  return finish({ tls: probe }, { ...all, said: all.said + certificates.length }, rest);
}

function grpc(endpoint: GatusEndpoint, options: ProbeOptions): ReturnType<typeof probeOf> {
  const all = common(endpoint);
  if ('lost' in all) return all;
  const [, scheme = '', target = ''] = /^(grpcs?):\/\/(.*)$/.exec(endpoint.url.text) ?? [];
  const isServing = (condition: Condition, status: string) =>
    evaluateCondition(condition, { ...REFUSED, connected: true, body: JSON.stringify({ status }) });
  // Met by SERVING and by nothing else, as OpenK sees it; or by whatever is answered.
  const serving = all.conditions.filter(
    (condition) => isServing(condition, 'SERVING') && !isServing(condition, 'NOT_SERVING'),
  );
  const rest = all.conditions.filter((condition) => !serving.includes(condition));
  if (serving.length === 0)
    all.differences.push('Gatus calls it healthy whatever the server says of itself; here NOT_SERVING is UNHEALTHY');
  const probe: Record<string, unknown> = { target };
  const differences: string[] = [];
  const tlsOptions = clientTls({ ...endpoint, client: { ...endpoint.client, ignoreRedirect: true } }, differences);
  if (scheme === 'grpcs') probe.tls = tlsOptions ?? {};
  all.differences.push(...differences);
  takeResolver(endpoint, 'grpc', probe, all.losses);
  void options;
  return finish({ grpc: probe }, { ...all, said: all.said + serving.length }, rest);
}

function icmp(endpoint: GatusEndpoint): ReturnType<typeof probeOf> {
  if (!hasKind('icmp')) return lost('OpenK has no probe for ICMP');
  const all = common(endpoint);
  if ('lost' in all) return all;
  const probe: Record<string, unknown> = { target: endpoint.url.text.slice('icmp://'.length) };
  if (/^ip[46]$/.test(endpoint.client.network) && hasKey('icmp', 'ip_family')) {
    probe.ip_family = endpoint.client.network === 'ip4' ? 'IPV4' : 'IPV6';
  }
  return finish({ icmp: probe }, all, all.conditions);
}

function ssh(endpoint: GatusEndpoint): ReturnType<typeof probeOf> {
  if (endpoint.ssh?.hasCredentials) return lost('it runs a command over SSH, which OpenK does not');
  const all = common(endpoint);
  if ('lost' in all) return all;
  const host = endpoint.url.text.slice('ssh://'.length);
  all.differences.push('the server has to begin with SSH-, where Gatus takes anything that is sent within a second');
  return finish({ tcp: { target: host.includes(':') ? host : `${host}:22`, expect: '^SSH-' } }, all, all.conditions);
}

function websocket(endpoint: GatusEndpoint, options: ProbeOptions): ReturnType<typeof probeOf> {
  if (!hasKind('websocket')) return lost('OpenK has no probe for WebSockets');
  const all = common(endpoint);
  if ('lost' in all) return all;
  const probe: Record<string, unknown> = {
    url: writeUrl(endpoint.url.raw, options.secrets, ['GATUS', options.key, 'URL'], marked(options.env)),
  };
  const headers = requestHeaders(endpoint, options, all.differences);
  if (Object.keys(headers).length > 0) probe.headers = headers;
  const body = requestBody(endpoint, options, all.losses);
  if (body !== '') probe.send = body;
  const patterns = all.conditions.map((condition) => [condition, answerPattern(condition)] as const);
  const [taken] = patterns.filter(([, pattern]) => pattern !== undefined);
  if (taken !== undefined) probe.expect = taken[1];
  const tlsOptions = clientTls(endpoint, all.differences);
  if (tlsOptions !== undefined && endpoint.url.text.startsWith('wss:')) probe.tls = tlsOptions;
  const rest = all.conditions.filter((condition) => condition !== taken?.[0]);
  return finish({ websocket: probe }, { ...all, said: all.said + (taken === undefined ? 0 : 1) }, rest);
}

function dns(endpoint: GatusEndpoint): ReturnType<typeof probeOf> {
  const { type, name } = endpoint.dns!;
  if (!RECORD_TYPES.has(type)) return lost(`OpenK does not ask for records of type ${type}`);
  const parsed = endpoint.conditions.flatMap(({ condition }) => condition ?? []);
  const about = parsed.filter(
    ({ left, right }) => left.placeholder === 'DNS_RCODE' || right.placeholder === 'DNS_RCODE',
  );
  const others = endpoint.conditions.filter(({ condition }) => condition === undefined || !about.includes(condition));
  const all = common({ ...endpoint, conditions: others });
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
    if (taken.length !== 1 || !hasKey('dns', 'rcode'))
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
