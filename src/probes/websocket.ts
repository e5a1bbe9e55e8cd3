// The probe kind `websocket`: opens one, as a browser does, and may say and expect a message. The code is in websocket-probe.ts,
// loaded by the first run.
import { RE2JS } from '@bufbuild/re2';
import type { WebsocketProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { checkClientTls } from './client-tls.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { unbracketed } from './http-request.ts';
import { onFirstRun } from './on-first-run.ts';
import type { ProbeKind } from './probe.ts';
import { basicCredentials, checkWay } from './way.ts';

/** What the handshake itself sends (RFC 6455, section 4.1). */
const OWN_HEADER = /^(connection|upgrade|sec-websocket-.*|content-length|transfer-encoding)$/i;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export const websocketProbe: ProbeKind<WebsocketProbe> = {
  kind: 'websocket',
  host: ({ url }) => unbracketed(new URL(url).hostname),
  check,
  create(options, context) {
    assertNoFaults('websocket', check(options));
    return onFirstRun(async () => (await import('./websocket-probe.ts')).createWebsocketProbe(options, context));
  },
};

function check(options: WebsocketProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });
  const url = URL.parse(options.url);
  const isUrl = url !== null && /^wss?:$/.test(url.protocol) && url.hash === '' && basicCredentials(url) !== undefined;
  if (!isUrl) fault(['url'], 'must be a ws:// or wss:// URL');
  if (url?.protocol === 'ws:' && options.tls !== undefined)
    fault(['tls'], 'has no effect on a ws:// url: make it wss:// or take tls out');
  for (const [name, value] of Object.entries(options.headers)) {
    if (OWN_HEADER.test(name)) fault(['headers', name], 'cannot be set: the handshake needs it');
    else if (!TOKEN.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      fault(['headers', name], 'is no header: its name or value has a character that none can have');
  }
  for (const [index, name] of options.subprotocols.entries()) {
    if (!TOKEN.test(name)) fault(['subprotocols', index], 'must be one name, without blanks and commas');
  }
  try {
    RE2JS.compile(options.expect);
  } catch {
    fault(['expect'], 'is no RE2 expression');
  }
  const host = isUrl ? unbracketed(url.hostname) : undefined;
  return [...faults, ...checkClientTls(options.tls, ['tls']), ...checkWay(options, host)];
}
