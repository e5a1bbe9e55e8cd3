// Modules of blackbox_exporter that open WebSockets.
import { literal } from '../draft.ts';
import { Keys } from '../keys.ts';
import { writeUrl } from '../secret-url.ts';
import { credentialsOf, headersOf, type KeepHeader } from './headers.ts';
import { clientTls, ipFamily, lost, type ModuleOptions, type ModuleResult, PLAIN } from './module.ts';

export function websocket(keys: Keys, { name, target, secrets }: ModuleOptions): ModuleResult {
  const losses: string[] = [];
  const differences: string[] = [];
  const parts = ['BLACKBOX', name];
  const keep: KeepHeader = (header, value) => secrets.keep([...parts, header], value);
  const probe: Record<string, unknown> = { url: writeUrl(target, secrets, [...parts, 'URL'], PLAIN) };
  const client = keys.keys('http_config');
  const headers = {
    ...credentialsOf(client, losses, keep),
    ...headersOf(keys.map('headers'), { losses, differences, keep }),
  };
  if (Object.keys(headers).length > 0) probe.headers = headers;
  const tls = clientTls(client.keys('tls_config'), losses);
  if (Object.keys(tls).length > 0 && /^wss:/i.test(target)) probe.tls = tls;
  const family = ipFamily(keys, true);
  if (family !== undefined) probe.ip_family = family;
  let isAnswered = false;
  for (const step of keys.list('query_response')) {
    const own = new Keys(step.kind === 'MAP' ? step : undefined);
    // Within a step the answer comes before what is sent.
    const [expected, sent] = [own.text('expect')?.text, own.text('send')?.text];
    if (expected !== undefined) {
      if (isAnswered)
        return lost('it holds a conversation of several turns, and a websocket probe says and hears once');
      isAnswered = true;
      probe.expect = literal(expected);
      differences.push('messages that come before the one expected are passed over; there the first has to be it');
    }
    if (sent === undefined) continue;
    if (isAnswered) differences.push('what is sent after the last answer is not');
    else if (probe.send !== undefined) return lost('it sends several messages, and a websocket probe one');
    else probe.send = literal(sent);
  }
  if (probe.send !== undefined && !isAnswered)
    differences.push('a message has to come after what is sent; there nobody waits for one');
  return { probe: { websocket: probe }, differences, losses };
}
