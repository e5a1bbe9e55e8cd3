// Lists of targets by HTTP, as Prometheus asks for them (prometheus.io/docs/prometheus/latest/http_sd): 200 with JSON is a list, also an
// empty one; whatever else comes is none.

import type { HttpDiscovery } from '../../../gen/openk/config/v1/config_pb.ts';
import { parseForeignJson } from '../../core/foreign-json.ts';
import { AskFault, createHttpReader } from '../http.ts';
import type { Source, SourceContext } from '../source.ts';
import { readTargetList } from '../target-list.ts';
import { createRefreshedSource } from './refreshed.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

export function createHttpSource(
  { url: text, headers, tls }: Pick<HttpDiscovery, 'url' | 'headers' | 'tls'>,
  intervalMs: number,
  context: SourceContext,
): Source {
  const url = new URL(text);
  const http = createHttpReader(context);
  const asked = {
    url,
    headers: { 'x-prometheus-refresh-interval-seconds': String(Math.ceil(intervalMs / 1000)), ...headers },
    tls: context.network.tlsOptions(tls),
  };
  const ask = async (signal: AbortSignal) => {
    const answer = await http.read(asked, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }, signal);
    const type = answer.headers['content-type'] ?? '';
    if (!/^application\/json\s*(;|$)/i.test(type))
      throw new AskFault(`${url.host} answered what is not application/json`);
    const list = readTargetList(parse(answer.body, url.host));
    if (typeof list === 'string') throw new AskFault(`the answer of ${url.host} ${list}`);
    return list;
  };
  return createRefreshedSource({ intervalMs, ask }, context);
}

function parse(body: Buffer, host: string): unknown {
  try {
    return parseForeignJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new AskFault(`${host} answered what is no JSON, or nested too deep`);
  }
}
