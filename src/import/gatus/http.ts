// An endpoint of Gatus over HTTP as a probe of OpenK.
import type { RecordedAnswer } from '../imported.ts';
import { writeUrl } from '../secret-url.ts';
import { statusRanges } from '../status-ranges.ts';
import { type Condition, evaluateCondition, type GatusAnswer } from './condition.ts';
import { certificateExpression, type Oddity, translateCondition } from './condition-to-cel.ts';
import { marksIn, writeMarks } from './environment.ts';
import { HEALTHY_WITHOUT_ANSWER, lost, type Probed, type ProbeOptions, REFUSED } from './probe.ts';
import type { GatusCondition, GatusEndpoint } from './read-gatus.ts';
import {
  clientTls,
  marked,
  requestBody,
  requestHeaders,
  secretText,
  takeResolver,
  unique,
  variables,
} from './request.ts';

/** As many as OpenK follows; Gatus follows them until its timeout. */
const MAX_REDIRECTS = 20;

export function http(endpoint: GatusEndpoint, options: ProbeOptions): Probed {
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
    if (!/^http:/i.test(proxy.text))
      losses.push('OpenK goes through HTTP proxies only, and client.proxy-url is another');
    else probe.proxy = writeUrl(proxy.raw, secrets, ['GATUS', key, 'PROXY'], marked(options.env));
  }
  if (client.oauth2 !== undefined) {
    probe.oauth2 = {
      token_url: writeUrl(client.oauth2.tokenUrl.raw, secrets, ['GATUS', key, 'TOKEN_URL'], marked(options.env)),
      client_id: writeMarks(client.oauth2.clientId.raw),
      client_secret: secretText(client.oauth2.clientSecret, options, 'CLIENT_SECRET'),
      scopes: client.oauth2.scopes.map(({ raw }) => writeMarks(raw)),
    };
  }
  takeResolver(endpoint, probe, losses);
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

function httpConditions({ conditions }: GatusEndpoint): HttpConditions | { readonly lost: readonly string[] } {
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
      const cel = translated.kind === 'CERTIFICATE' ? certificateExpression(translated) : translated;
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
    differences.push(HEALTHY_WITHOUT_ANSWER);
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

function isAboutConnection({ left, right }: Condition): boolean {
  return left.placeholder === 'CONNECTED' || right.placeholder === 'CONNECTED';
}
