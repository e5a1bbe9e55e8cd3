// Modules of blackbox_exporter that ask by HTTP.
import { compileExpectations } from '../../probes/expectation.ts';
import { celText } from '../cel-text.ts';
import { literal } from '../draft.ts';
import { goRegex } from '../go-regex.ts';
import type { RecordedAnswer } from '../imported.ts';
import { Keys } from '../keys.ts';
import type { UnknownKey } from '../report.ts';
import { writeUrl } from '../secret-url.ts';
import { isSecretBody } from '../secrets.ts';
import { isStatusIn, statusRanges } from '../status-ranges.ts';
import { credentialsOf, headersOf, type KeepHeader } from './headers.ts';
import { clientTls, ipFamily, lost, type ModuleOptions, type ModuleResult, PLAIN, textsOf } from './module.ts';

const MAX_REDIRECTS = 10;
const SHOWN = { showBody: false, redact: (text: string) => text, isSecretName: () => false };

type Rule = { readonly expression: string; readonly isBroken: (answer: RecordedAnswer) => boolean };

export function http(
  keys: Keys,
  { name, target, hostname, secrets }: ModuleOptions,
  unknown: UnknownKey[],
): ModuleResult {
  const differences: string[] = [];
  const losses: string[] = [];
  const parts = ['BLACKBOX', name];
  if (keys.text('enable_http3')?.text === 'true') return lost('it asks over HTTP/3, which OpenK does not');
  const url = /^https?:\/\//.test(target) ? target : `http://${target}`;
  const probe: Record<string, unknown> = { url: writeUrl(url, secrets, [...parts, 'URL'], PLAIN) };
  const method = keys.text('method')?.text ?? 'GET';
  if (method !== 'GET') probe.method = method;
  const keep: KeepHeader = (header, value) => secrets.keep([...parts, header], value);
  const headers = {
    ...headersOf(keys.map('headers'), { losses, differences, keep }),
    ...headersOf(keys.map('http_headers'), { losses, differences, keep }),
    ...credentialsOf(keys, losses, keep),
  };
  // Prometheus may name a host of each target.
  if (hostname !== undefined && !Object.keys(headers).some((header) => /^host$/i.test(header)))
    headers.Host = literal(hostname);
  if (Object.keys(headers).length > 0) probe.headers = headers;
  const body = keys.text('body')?.text ?? '';
  if (body !== '') probe.body = isSecretBody(body) ? secrets.keep([...parts, 'BODY'], body) : literal(body);
  if (keys.has('body_file')) losses.push('its body is in a file (body_file): put it into `body`');
  const codes = new Set(
    keys.list('valid_status_codes').flatMap((code) => (code.kind === 'TEXT' ? [Number(code.text)] : [])),
  );
  const expectedStatus = statusRanges((status) =>
    codes.size === 0 ? status >= 200 && status < 300 : codes.has(status),
  );
  if (expectedStatus === undefined) return lost('none of its valid_status_codes is a status');
  if (codes.size > 0) probe.expected_status = expectedStatus;
  const rules = answerRules(keys, losses);
  if (rules.length > 0) probe.expect = rules.map(({ expression }) => literal(expression));
  const tls = clientTls(keys.keys('tls_config'), losses);
  // Each is asked for, so that none counts as unknown.
  const [follow, noFollow] = [keys.text('follow_redirects'), keys.text('no_follow_redirects')];
  const follows = follow?.text !== 'false' && noFollow?.text !== 'true';
  if (Object.keys(tls).length > 0 && (follows || url.startsWith('https:'))) probe.tls = tls;
  if (follows) probe.follow_redirects = MAX_REDIRECTS;
  const family = ipFamily(keys, true);
  if (family !== undefined) probe.ip_family = family;
  const proxy = keys.text('proxy_url')?.text;
  if (proxy !== undefined && proxy !== '') probe.proxy = writeUrl(proxy, secrets, [...parts, 'PROXY'], PLAIN);
  for (const key of ['proxy_connect_header', 'proxy_from_environment', 'no_proxy']) {
    if (keys.has(key)) losses.push(`${key} is not taken over`);
  }
  keys.ignore('skip_resolve_phase_with_proxy', 'body_size_limit');
  takeOauth2(keys, probe, losses, (key, value) => secrets.keep([...parts, key], value));
  takeVersions(keys, losses);
  if (keys.text('enable_http2')?.text === 'false')
    differences.push('HTTP/2 is taken where the server has it (enable_http2 is false)');
  const compression = keys.text('compression')?.text;
  if (compression !== undefined && compression !== 'none' && compression !== '') {
    losses.push(`that the answer is compressed (compression: ${compression}) is not asked`);
  }
  unknown.push(...keys.unknown());
  const foreign = (answer: RecordedAnswer) => {
    if (!isStatusIn(expectedStatus, answer.status)) return `the status is ${answer.status}`;
    return rules.find(({ isBroken }) => isBroken(answer))?.expression;
  };
  return {
    probe: { http: probe },
    differences,
    losses,
    judged: { foreign, expectedStatus, expect: rules.map(({ expression }) => expression) },
  };
}

function takeOauth2(
  keys: Keys,
  probe: Record<string, unknown>,
  losses: string[],
  secret: (key: string, value: string) => string,
): void {
  const map = keys.map('oauth2');
  if (map === undefined) return;
  const own = new Keys(map);
  const scopes = own.list('scopes').flatMap((scope) => (scope.kind === 'TEXT' ? [literal(scope.text)] : []));
  const clientSecret = own.text('client_secret')?.text;
  if (clientSecret === undefined) losses.push('the client_secret of its oauth2 is in a file: put it into a variable');
  probe.oauth2 = {
    token_url: literal(own.text('token_url')?.text ?? ''),
    client_id: literal(own.text('client_id')?.text ?? ''),
    client_secret: clientSecret === undefined ? 'unknown' : secret('CLIENT_SECRET', clientSecret),
    ...(scopes.length > 0 && { scopes }),
  };
  for (const key of ['tls_config', 'proxy_url', 'proxy_connect_header', 'proxy_from_environment', 'no_proxy']) {
    if (own.has(key)) losses.push(`${key} of its oauth2 is not taken over`);
  }
  // Asked for by everybody: it is what the grant is.
  const more = textsOf(own.map('endpoint_params')).filter(([name]) => name !== 'grant_type');
  if (more.length > 0) losses.push('endpoint_params of its oauth2 are not taken over');
}

function takeVersions(keys: Keys, losses: string[]): void {
  const versions = keys
    .list('valid_http_versions')
    .flatMap((version) => (version.kind === 'TEXT' ? [version.text] : []));
  const all = versions.includes('HTTP/1.1') && versions.some((version) => /^HTTP\/2(?:\.0)?$/.test(version));
  if (versions.length > 0 && !all)
    losses.push(`that the answer is of ${versions.join(' or ')} (valid_http_versions) is not asked`);
}

function answerRules(keys: Keys, losses: string[]): readonly Rule[] {
  const rules: Rule[] = [];
  if (keys.text('fail_if_ssl')?.text === 'true') {
    rules.push({
      expression: 'certificate_expires_in == null',
      isBroken: (answer) => answer.certificateExpiresInMs !== undefined,
    });
  }
  if (keys.text('fail_if_not_ssl')?.text === 'true') {
    rules.push({
      expression: 'certificate_expires_in != null',
      isBroken: (answer) => answer.certificateExpiresInMs === undefined,
    });
  }
  for (const [key, isWanted] of [
    ['fail_if_body_matches_regexp', false],
    ['fail_if_body_not_matches_regexp', true],
  ] as const) {
    for (const value of keys.list(key)) {
      if (value.kind !== 'TEXT') continue;
      const regex = goRegex(value.text);
      rules.push({
        expression: `${isWanted ? '' : '!'}body.matches(${celText(value.text)})`,
        isBroken: ({ body }) => regex === undefined || regex.test(body) !== isWanted,
      });
    }
  }
  for (const [key, isWanted] of [
    ['fail_if_body_json_matches_cel', false],
    ['fail_if_body_json_not_matches_cel', true],
  ] as const) {
    const written = keys.text(key)?.text;
    if (written === undefined) continue;
    const inner = celOverJson(written);
    const expression = isWanted ? inner : `!(${inner})`;
    rules.push({ expression, isBroken: (answer) => !isMet(expression, answer) });
  }
  for (const [key, isWanted] of [
    ['fail_if_header_matches', false],
    ['fail_if_header_not_matches', true],
  ] as const) {
    for (const value of keys.list(key)) {
      if (value.kind !== 'MAP') continue;
      const rule = headerRule(new Keys(value), isWanted);
      if (rule === undefined) losses.push(`${key} at ${value.place} is not asked`);
      else rules.push(rule);
    }
  }
  return rules;
}

function isMet(expression: string, { status, headers, body, latencyMs }: RecordedAnswer): boolean {
  return (
    compileExpectations([expression], SHOWN)({ status, headers, body: Buffer.from(body), latencyMs }) === undefined
  );
}

function headerRule(keys: Keys, isWanted: boolean): Rule | undefined {
  const header = keys.text('header')?.text.toLowerCase();
  const regexp = keys.text('regexp')?.text;
  if (header === undefined || regexp === undefined) return undefined;
  const mayMiss = keys.text('allow_missing')?.text === 'true';
  const value = `headers[${celText(header)}]`;
  const match = `${isWanted ? '' : '!'}${value}.matches(${celText(regexp)})`;
  const regex = goRegex(regexp);
  return {
    // A header that is not there has no value, which fails by itself.
    expression: mayMiss ? `!(${celText(header)} in headers) || ${match}` : match,
    isBroken: ({ headers }) => {
      const text = headers.get(header);
      return text === undefined ? !mayMiss : regex === undefined || regex.test(text) !== isWanted;
    },
  };
}

/** What blackbox_exporter calls `body` is `json` here. Texts in the expression stay as they are. */
export function celOverJson(expression: string): string {
  return expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![\w.])body\b/gs, (token) =>
    token === 'body' ? 'json' : token,
  );
}
