// Endpoints of Gatus that are no HTTP as probes of OpenK: ports, certificates, gRPC, ICMP, SSH and WebSockets.
import { formatDuration } from '../../config/duration.ts';
import type { Draft } from '../draft.ts';
import { hasKind } from '../openk-keys.ts';
import { writeUrl } from '../secret-url.ts';
import { common, finish } from './common-conditions.ts';
import { type Condition, callOf, evaluateCondition } from './condition.ts';
import { translateCondition } from './condition-to-cel.ts';
import { patternToRegex } from './go-pattern.ts';
import { lost, type Probed, type ProbeOptions, REFUSED } from './probe.ts';
import type { GatusEndpoint } from './read-gatus.ts';
import { clientTls, marked, requestBody, requestHeaders, takeResolver } from './request.ts';

export function tcp(endpoint: GatusEndpoint, options: ProbeOptions, target: string, more: Draft): Probed {
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
  takeResolver(endpoint, probe, all.losses);
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

export function tls(endpoint: GatusEndpoint, options: ProbeOptions, target: string): Probed {
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
  takeResolver(endpoint, probe, all.losses);
  return finish({ tls: probe }, { ...all, said: all.said + certificates.length }, rest);
}

export function starttls(endpoint: GatusEndpoint, target: string): Probed {
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

export function grpc(endpoint: GatusEndpoint): Probed {
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
  takeResolver(endpoint, probe, all.losses);
  return finish({ grpc: probe }, { ...all, said: all.said + serving.length }, rest);
}

export function icmp(endpoint: GatusEndpoint): Probed {
  const all = common(endpoint);
  if ('lost' in all) return all;
  const probe: Record<string, unknown> = { target: endpoint.url.text.slice('icmp://'.length) };
  if (/^ip[46]$/.test(endpoint.client.network)) {
    probe.ip_family = endpoint.client.network === 'ip4' ? 'IPV4' : 'IPV6';
  }
  takeResolver(endpoint, probe, all.losses);
  return finish({ icmp: probe }, all, all.conditions);
}

export function ssh(endpoint: GatusEndpoint): Probed {
  if (endpoint.ssh?.hasCredentials) return lost('it runs a command over SSH, which OpenK does not');
  const all = common(endpoint);
  if ('lost' in all) return all;
  const host = endpoint.url.text.slice('ssh://'.length);
  all.differences.push('the server has to begin with SSH-, where Gatus takes anything that is sent within a second');
  return finish({ tcp: { target: host.includes(':') ? host : `${host}:22`, expect: '^SSH-' } }, all, all.conditions);
}

export function websocket(endpoint: GatusEndpoint, options: ProbeOptions): Probed {
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
