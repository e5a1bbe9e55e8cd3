// Opens one TCP or TLS connection, or fails, or gives up when its signal fires: looks the name up, tries the addresses as
// RFC 8305 (Happy Eyeballs) has it, connects to none that is denied, and says how long each part took and what each address
// did. Every kind of probe that connects does it here.

import { type BlockList, connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import type { Phases } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { OnProgress, Progress } from '../core/probe.ts';
import type { HostPort } from './host-port.ts';
import type { Address, Lookup } from './lookup.ts';
import { MAX_EVIDENCE_LENGTH, failure as observed } from './reason.ts';

export interface Dialed<S extends Socket> {
  /** The caller owns it, also its end. An error shows in `close` or in the next read or write, never as an uncaught exception. */
  readonly socket: S;
  readonly phases: Pick<Phases, 'dnsMs' | 'connectMs' | 'tlsMs'>;
}

export interface Dialer {
  /**
   * @param signal stops the attempt, not the connection
   * @param onProgress hears of each phase that is over and, while there are several addresses, of what each of them did
   * @throws Node's error of the failed attempt, `AttemptsFailed`, `LookupFailed`, `AddressDenied`, or the signal's reason
   */
  dial(target: HostPort, signal: AbortSignal, onProgress?: OnProgress): Promise<Dialed<Socket>>;
  /** As `dial`, with a TLS handshake. @param tls options of the handshake, `servername` and trust among them */
  dialTls(
    target: HostPort,
    tls: ConnectionOptions,
    signal: AbortSignal,
    onProgress?: OnProgress,
  ): Promise<Dialed<TLSSocket>>;
  /** Whether no probe may connect to `address`. For those who connect by other means. */
  denies(address: string): boolean;
}

export interface DialerOptions {
  readonly clock: Clock;
  readonly lookup: Lookup;
  /** Addresses that nobody connects to; asked at each attempt. Left out: all are allowed. */
  readonly denied?: () => BlockList;
}

/** All addresses of the target are denied by the configuration. */
export class AddressDenied extends Error {
  override readonly name = 'AddressDenied';
  readonly code = 'ADDRESS_DENIED';
  readonly evidence: string;
  constructor(address: string) {
    super('connections to this address are denied by the configuration');
    this.evidence = address;
  }
}

/** The addresses of the target failed, each in its own way. Its cause is the error that says most. */
export class AttemptsFailed extends Error {
  override readonly name = 'AttemptsFailed';
  readonly evidence: string;
  constructor(evidence: string, cause: Error) {
    super('no address of the target could be connected to', { cause });
    this.evidence = evidence;
  }
}

/** RFC 8305, section 5: how long one attempt is alone before the next begins beside it. */
const ATTEMPT_DELAY_MS = 250;
/** RFC 8305, section 3: how long the addresses of one family wait for those of the other. */
const RESOLUTION_DELAY_MS = 50;

export function createDialer({ clock, lookup, denied }: DialerOptions): Dialer {
  const denies = (address: string) => {
    // BlockList knows no zones, and takes IPv4 in the form of IPv6 for what it is.
    const plain = address.replace(/%.*$/, '');
    return denied?.().check(plain, plain.includes(':') ? 'ipv6' : 'ipv4') ?? false;
  };

  const dial: Dialer['dial'] = (target, signal, onProgress) => {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const startedMs = clock.monotonicMs();
      let foundMs: number | undefined;
      /** Not yet tried, in the order to try them. */
      let queue: Address[] = [];
      let complete = false;
      let deniedAddress: string | undefined;
      let lookupError: Error | undefined;
      const attempts: Attempt[] = [];
      const errors: Error[] = [];
      const pending = new Set<Socket>();
      let clearTimer: (() => void) | undefined;
      let stopLookup: (() => void) | undefined;

      const onAbort = () => fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const known = lookup.known(target.host);
      if (known !== undefined) {
        take(known, true);
        attempt();
      } else {
        stopLookup = lookup.ask(target.host, {
          onAddresses(addresses, isComplete) {
            const isFirst = foundMs === undefined;
            if (foundMs === undefined) {
              foundMs = clock.monotonicMs();
              reportAttempts();
            }
            const waits = take(addresses, isComplete);
            // A timer means that an attempt is alone for its time, or that the other family may still come first.
            if (isFirst && waits) clearTimer = clock.after(RESOLUTION_DELAY_MS, attempt);
            else if (isFirst || clearTimer === undefined || errors.length + pending.size === 0) attempt();
          },
          onFailure(error) {
            lookupError = error;
            complete = true;
            attempt();
          },
        });
      }

      /** Whether it is worth the wait for the preferred family, whose addresses are not there yet. */
      function take(addresses: readonly Address[], isComplete: boolean): boolean {
        complete = isComplete;
        const allowed = denied === undefined ? addresses : addresses.filter(({ address }) => !isDenied(address));
        queue = queue.length + allowed.length > 1 ? interleaved([...queue, ...allowed]) : [...queue, ...allowed];
        return !isComplete && queue[0]?.family !== 6;
      }
      function isDenied(address: string): boolean {
        if (!denies(address)) return false;
        deniedAddress ??= address;
        return true;
      }

      function attempt() {
        clearTimer?.();
        clearTimer = undefined;
        const next = queue.shift();
        if (next === undefined) {
          if (complete && pending.size === 0) fail(failure());
          return;
        }
        const socket = connectTcp({ host: next.address, port: target.port, noDelay: true });
        const made: Attempt = { address: next.address };
        attempts.push(made);
        pending.add(socket);
        // Stays for good: an error event that nobody listens to would end the process.
        socket.on('error', (error) => lost(socket, made, unreachable(error, next)));
        socket.once('connect', () => won(socket));
        if (queue.length > 0 || !complete) clearTimer = clock.after(ATTEMPT_DELAY_MS, attempt);
        if (attempts.length > 1) reportAttempts();
      }
      function lost(socket: Socket, made: Attempt, error: Error) {
        if (!pending.delete(socket)) return;
        made.error = error;
        errors.push(error);
        attempt();
        if (pending.size > 0 && attempts.length > 1) reportAttempts();
      }
      function won(socket: Socket) {
        if (!pending.delete(socket)) return;
        end();
        const phases = { ...lookedUp(), connectMs: clock.monotonicMs() - (foundMs ?? startedMs) };
        onProgress?.({ phases });
        resolve({ socket, phases });
      }
      function lookedUp() {
        return foundMs === undefined ? undefined : { dnsMs: foundMs - startedMs };
      }
      function reportAttempts() {
        report(evidenceOf(attempts));
      }
      function report(evidence: string | undefined) {
        const phases = lookedUp();
        onProgress?.({ ...(phases && { phases }), ...(evidence !== undefined && { evidence }) });
      }
      function fail(error: unknown) {
        end();
        // From here on the error says what there is to say.
        if (attempts.length > 1) report(undefined);
        reject(error);
      }
      function end() {
        signal.removeEventListener('abort', onAbort);
        clearTimer?.();
        stopLookup?.();
        for (const socket of pending) socket.destroy();
        pending.clear();
      }
      function failure(): Error {
        // Of several the first that says most: an address of a family that this machine has no way for says nothing.
        const telling = errors.find((error) => !NO_WAY.has((error as NodeJS.ErrnoException).code ?? '')) ?? errors[0];
        const evidence = evidenceOf(attempts);
        if (telling !== undefined) return evidence === undefined ? telling : new AttemptsFailed(evidence, telling);
        if (deniedAddress !== undefined) return new AddressDenied(deniedAddress);
        return lookupError ?? new Error('there is no address');
      }
    });
  };

  return {
    dial,
    async dialTls(target, tls, signal, onProgress) {
      const dialed = await dial(target, signal, onProgress);
      const startedMs = clock.monotonicMs();
      const socket = await handshake(dialed.socket, tls, signal);
      const phases = { ...dialed.phases, tlsMs: clock.monotonicMs() - startedMs };
      onProgress?.({ phases, ...expiryOf(socket) });
      return { socket, phases };
    },
    denies,
  };
}

/** A session that was resumed shows no certificate. */
function expiryOf(socket: TLSSocket): Pick<Progress, 'certificateExpiresMs'> {
  const certificateExpiresMs = Date.parse(socket.getPeerX509Certificate()?.validTo ?? '');
  return Number.isNaN(certificateExpiresMs) ? {} : { certificateExpiresMs };
}

/** Ends a connection at once. Settles when its handle is gone. */
export function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}

const NO_NETWORK: ReadonlySet<string> = new Set(['ENETUNREACH', 'EAFNOSUPPORT', 'ENETDOWN']);
const NO_WAY: ReadonlySet<string> = new Set([...NO_NETWORK, 'EHOSTUNREACH']);

export interface Attempt {
  readonly address: string;
  /** Left out while it has not ended. */
  error?: NodeJS.ErrnoException;
}

/** What each address did, where they did not all do the same. Those of a network that this machine has no part in did nothing. */
export function evidenceOf(attempts: readonly Attempt[]): string | undefined {
  const tried = attempts.filter(({ error }) => !NO_NETWORK.has(error?.code ?? ''));
  if (new Set(tried.map(({ error }) => error?.code)).size < 2) return undefined;
  const words = tried.map(({ address, error }) =>
    error === undefined ? `${address} has not answered` : observed(error, address, 0).reason.message,
  );
  return printable(words.join(', '), MAX_EVIDENCE_LENGTH);
}

/** A machine without IPv6 says EADDRNOTAVAIL, which for IPv4 means that its ports are used up. */
function unreachable(error: NodeJS.ErrnoException, { family }: Address): Error {
  return family === 6 && error.code === 'EADDRNOTAVAIL' ? Object.assign(error, { code: 'ENETUNREACH' }) : error;
}

/** RFC 8305, section 4: the families in turns, IPv6 first; within one as the name server gave them. */
function interleaved(addresses: readonly Address[]): Address[] {
  const [six, four] = [6, 4].map((family) => addresses.filter((address) => address.family === family));
  const turns = Math.max(six!.length, four!.length);
  return Array.from({ length: turns }, (_, turn) => [six![turn], four![turn]])
    .flat()
    .filter((address) => address !== undefined);
}

function handshake(raw: Socket, tls: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    let socket: TLSSocket | undefined;
    const settle = (act: () => void) => {
      socket?.off('secureConnect', onReady);
      socket?.off('error', fail);
      socket?.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: unknown) =>
      settle(() => {
        (socket ?? raw).destroy();
        reject(error);
      });
    const onReady = () => settle(() => resolve(socket!));
    const onClose = () =>
      fail(Object.assign(new Error('closed in the TLS handshake'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
    const onAbort = () => fail(signal.reason);
    if (signal.aborted) return onAbort();
    try {
      socket = connectTls({ ...tls, socket: raw });
    } catch (error) {
      return fail(error);
    }
    socket.on('error', () => {});
    socket.once('secureConnect', onReady);
    socket.once('error', fail);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
