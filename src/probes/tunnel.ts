// A tunnel through an HTTP proxy (RFC 9110, section 9.3.6). It stands alone since what goes wrong here is the proxy's doing: only
// where it says that it cannot reach the target is that news about the target.

import type { Socket } from 'node:net';
import type { Cancellation } from '../core/cancellation.ts';
import type { OnProgress } from '../core/probe.ts';
import { createDialogue } from './dialogue.ts';
import { authorityOf, type HostPort } from './host-port.ts';
import { CannotLook, failure, reason } from './reason.ts';
import type { HttpProxy } from './way.ts';

/** The proxy says that it cannot connect to the target. */
export class TunnelFailed extends Error {
  override readonly name = 'TunnelFailed';
  readonly code = 'TUNNEL_FAILED';
  readonly evidence: string;
  constructor(status: number) {
    super('the proxy cannot connect to the target');
    this.evidence = `the proxy answered ${status}`;
  }
}

/**
 * Asks for a tunnel on a connection to the proxy, which then is one to the target. The socket stays the caller's.
 * @throws CannotLook, TunnelFailed, or the reason of the signal
 */
export async function openTunnel(
  socket: Socket,
  proxy: HttpProxy,
  target: HostPort,
  signal: Cancellation,
): Promise<void> {
  const dialogue = createDialogue(socket, signal);
  try {
    const authority = authorityOf(target);
    const credentials = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    dialogue.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
    const status = await dialogue.receive(readStatus);
    if (status >= 500) throw new TunnelFailed(status);
    if (status < 200 || status > 299) throw proxyRefused(proxy, status);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof TunnelFailed ? error : proxyFailed(proxy, error);
  } finally {
    dialogue.end();
  }
}

/** Who is out of time on the way to the proxy has not come as far as the target. */
export function onWayTo(proxy: HttpProxy, onProgress: OnProgress | undefined): OnProgress {
  const message = `the proxy ${proxy.shown} cannot be used`;
  const why = reason('PROXY_FAILED', message, 'it did not answer the attempt to connect');
  const timedOut = { outcome: 'UNKNOWN', reason: why } as const;
  const note: OnProgress = (progress) => onProgress?.({ ...progress, timedOut });
  note({});
  return note;
}

/** What keeps us from the proxy, or what it answers is no HTTP. Our own want of descriptors stays what it is. */
export function proxyFailed(proxy: HttpProxy, error: unknown): unknown {
  const { reason: why, outcome } = failure(error, proxy.shown, 0);
  if (outcome === 'UNKNOWN') return error;
  return new CannotLook('PROXY_FAILED', `the proxy ${proxy.shown} cannot be used`, why.message);
}

export function proxyRefused(proxy: HttpProxy, status: number): CannotLook {
  const wants = status === 407 ? 'wants credentials, or others' : 'refuses to connect to the target';
  return new CannotLook('PROXY_REFUSED', `the proxy ${proxy.shown} ${wants}`, `it answered ${status}`);
}

/** Of the last head: an answer may begin with informational ones. */
function readStatus(bytes: Buffer): { readonly value: number; readonly length: number } | undefined {
  let start = 0;
  for (;;) {
    const text = bytes.toString('latin1', start);
    const end = /\r?\n\r?\n/.exec(text);
    const line = /^HTTP\/1\.[01] ([1-9]\d\d)/.exec(text);
    if (line === null && text.length > 12) throw new Error('the answer of the proxy is no HTTP');
    if (end === null || line === null) return undefined;
    const length = start + end.index + end[0].length;
    const status = Number(line[1]);
    if (status >= 200 || status === 101) return { value: status, length };
    start = length;
  }
}
