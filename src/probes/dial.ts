// Opens one TCP or TLS connection, or fails, or gives up when its signal fires: looks the name up, tries the addresses as
// RFC 8305 (Happy Eyeballs) has it, connects to none that is denied, and says how long each part took and what each address
// did. Every kind of probe that connects does it here.

import { Resolver } from 'node:dns/promises';
import { type BlockList, connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { Phases } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { OnProgress, Progress } from '../core/probe.ts';
import { AddressDenied, type Found, findAddresses, interleaved, RESOLUTION_DELAY_MS } from './addresses.ts';
import type { HostPort } from './host-port.ts';
import { type Address, createLookup, type Lookup, LookupFailed, TRIES, TRY_TIMEOUT_MS } from './lookup.ts';
import { isListed } from './networks.ts';
import { MAX_EVIDENCE_LENGTH, failure as observed } from './reason.ts';
import { resolverHost, type Way } from './way.ts';

export interface Dialed<S extends Socket> {
  /** The caller owns it, also its end. An error shows in `close` or in the next read or write, never as an uncaught exception. */
  readonly socket: S;
  readonly phases: Pick<Phases, 'dnsMs' | 'connectMs' | 'tlsMs'>;
}

/**
 * Takes what comes on a connection, in place of `data` events: those have 64 KiB of their own to be read into, each time. All
 * connections with one read into the same buffer, so that what is to last has to be copied.
 */
export class Intake {
  take: (bytes: Buffer) => void = ignore;
}

export interface Dialer {
  /**
   * @param signal stops the attempt, not the connection
   * @param onProgress hears of each phase that is over and, while there are several addresses, of what each of them did
   * @param intake takes what comes, in place of `data` events
   * @throws Node's error of the failed attempt, `AttemptsFailed`, `LookupFailed`, `AddressDenied`, or the signal's reason
   */
  dial(target: HostPort, signal: Cancellation, onProgress?: OnProgress, intake?: Intake): Promise<Dialed<Socket>>;
  /**
   * As `dial`, with a TLS handshake.
   * @param tls options of the handshake, `servername` and trust among them
   * @param prepare what is said before it, on the connection
   */
  dialTls(
    target: HostPort,
    tls: ConnectionOptions,
    signal: Cancellation,
    onProgress?: OnProgress,
    prepare?: (socket: Socket, signal: Cancellation) => Promise<void>,
  ): Promise<Dialed<TLSSocket>>;
  /** The addresses of a host, for those who do not connect. @throws LookupFailed, `AddressDenied`, or the signal's reason */
  find(host: string, signal: Cancellation): Promise<Found>;
  /** One that goes another way, and denies the same. */
  over(way: Way): Dialer;
  /** Whether no probe may connect to `address`. For those who connect by other means. */
  denies(address: string): boolean;
}

export interface DialerOptions {
  readonly clock: Clock;
  readonly lookup: Lookup;
  /** Addresses that nobody connects to; asked at each attempt. Left out: all are allowed. */
  readonly denied?: () => BlockList;
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

const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** RFC 8305, section 5: how long one attempt is alone before the next begins beside it. */
const ATTEMPT_DELAY_MS = 250;

/** Name servers of ways that are remembered with what they know; a configuration names few. */
const MAX_LOOKUPS = 64;

export function createDialer(options: DialerOptions): Dialer {
  const lookups = new Map<string, Lookup>();
  /** Shared, so that who asks the same name server for the same name at the same time asks once. */
  const lookupBy = (resolver: string): Lookup => {
    const known = lookups.get(resolver);
    if (known !== undefined) return known;
    const lookup = createLookup({
      createResolver() {
        const own = new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
        own.setServers([resolver]);
        return own;
      },
      hostsFile: '',
      resolvConf: '',
    });
    if (lookups.size === MAX_LOOKUPS) lookups.delete(lookups.keys().next().value!);
    lookups.set(resolver, lookup);
    return lookup;
  };
  const by = (way: Way): Dialer => {
    const lookup = way.resolver === undefined ? options.lookup : lookupBy(way.resolver);
    return createWay({ ...options, lookup }, way, over);
  };
  const over = (way: Way) => (Object.keys(way).length === 0 ? direct : by(way));
  /** The way of nearly all. */
  const direct = by({});
  return direct;
}

function createWay({ clock, lookup, denied }: DialerOptions, way: Way, over: Dialer['over']): Dialer {
  const { family: only, first: firstFamily = 6, proxy } = way;
  const denies = (address: string) => denied !== undefined && isListed(denied(), address);

  const connect: Dialer['dial'] = (target, signal, onProgress, intake) => {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const startedMs = clock.monotonicMs();
      let foundMs: number | undefined;
      /** Not yet tried, in the order to try them. */
      let queue: Address[] = [];
      let complete = false;
      let deniedAddress: string | undefined;
      let lookupError: Error | undefined;
      let hasOtherFamily = false;
      const attempts: Attempt[] = [];
      const errors: Error[] = [];
      const pending = new Set<Socket>();
      let clearTimer: (() => void) | undefined;
      let stopLookup: (() => void) | undefined;

      const onAbort = () => fail(signal.reason);
      signal.addEventListener('abort', onAbort);
      const known = lookup.known(target.host);
      if (known !== undefined) {
        take(known, true);
        attempt();
      } else if (way.resolver !== undefined && denies(resolverHost(way.resolver))) {
        // The resolver opens its sockets by itself.
        fail(new AddressDenied(resolverHost(way.resolver)));
      } else {
        stopLookup = lookup.ask(target.host, {
          onAddresses(addresses, isComplete) {
            const waits = take(addresses, isComplete);
            const isFirst = foundMs === undefined;
            // Those of a family that is not wanted are no answer.
            if (isFirst && queue.length === 0 && only !== undefined && !isComplete) return;
            if (foundMs === undefined) {
              foundMs = clock.monotonicMs();
              reportAttempts();
            }
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
        const wanted = only === undefined ? addresses : addresses.filter(({ family }) => family === only);
        hasOtherFamily ||= wanted.length < addresses.length;
        const allowed = denied === undefined ? wanted : wanted.filter(({ address }) => !isDenied(address));
        const all = [...queue, ...allowed];
        queue = all.length > 1 ? interleaved(all, firstFamily) : all;
        return only === undefined && !isComplete && queue[0]?.family !== firstFamily;
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
        const socket = connectTcp({
          host: next.address,
          port: target.port,
          noDelay: true,
          ...(intake && { onread: readInto(intake) }),
        });
        const made: Attempt = { address: next.address };
        attempts.push(made);
        pending.add(socket);
        // Stays for good: an error event that nobody listens to would end the process.
        socket.on('error', (error) => lost(socket, made, unreachable(error, next)));
        socket.on('connect', () => won(socket));
        socket.on('close', letGo);
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
        if (lookupError === undefined && hasOtherFamily) {
          return new LookupFailed(only === 4 ? 'LOOKUP_NO_IPV4' : 'LOOKUP_NO_IPV6');
        }
        return lookupError ?? new Error('there is no address');
      }
    });
  };

  /** To connect through a proxy is to connect to it and to have it connect. */
  const dialThrough = async (
    through: NonNullable<Way['proxy']>,
    ...[target, signal, onProgress, intake]: Parameters<Dialer['dial']>
  ): ReturnType<Dialer['dial']> => {
    const { openTunnel, onWayTo, proxyFailed } = await import('./tunnel.ts');
    signal.throwIfAborted();
    // Names are looked up by the proxy, which has its own rules.
    if (isIP(target.host) !== 0 && denies(target.host)) throw new AddressDenied(target.host);
    const dialed = await connect(through, signal, onWayTo(through, onProgress)).catch((error: unknown) => {
      throw signal.aborted ? error : proxyFailed(through, error);
    });
    const { socket, phases } = dialed;
    const startedMs = clock.monotonicMs();
    onProgress?.({ phases, evidence: 'the proxy has not answered' });
    try {
      await openTunnel(socket, through, target, signal);
    } catch (error) {
      socket.destroy();
      onProgress?.({ phases });
      throw error;
    }
    const connectMs = (phases.connectMs ?? 0) + clock.monotonicMs() - startedMs;
    onProgress?.({ phases: { ...phases, connectMs } });
    if (intake !== undefined) socket.on('data', (bytes: Buffer) => intake.take(bytes));
    return { socket, phases: { ...phases, connectMs } };
  };

  const dial: Dialer['dial'] = proxy === undefined ? connect : (...args) => dialThrough(proxy, ...args);

  return {
    dial,
    over,
    find: (host, signal) => findAddresses(host, { clock, lookup, way, denies }, signal),
    async dialTls(target, tls, signal, onProgress, prepare) {
      const dialed = await dial(target, signal, onProgress);
      try {
        await prepare?.(dialed.socket, signal);
      } catch (error) {
        dialed.socket.destroy();
        throw error;
      }
      const startedMs = clock.monotonicMs();
      const socket = await handshake(dialed.socket, tls, signal);
      const phases = { ...dialed.phases, tlsMs: clock.monotonicMs() - startedMs };
      onProgress?.({ phases, ...expiryOf(socket) });
      return { socket, phases };
    },
    denies,
  };
}

function readInto(intake: Intake): OnReadOpts {
  return {
    buffer: READ_BUFFER,
    callback(size) {
      intake.take(READ_BUFFER.subarray(0, size));
      return true;
    },
  };
}

/**
 * What is closed says nothing more. V8 makes one function of each socket among the old objects, and that keeps it until the next
 * full collection: let it keep no more than itself, and not all of the run that it was for (ADR 70).
 */
function letGo(this: Socket): void {
  this.removeAllListeners().on('error', ignore);
}
function ignore(): void {}

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

function handshake(raw: Socket, tls: ConnectionOptions, signal: Cancellation): Promise<TLSSocket> {
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
    socket.on('error', ignore).on('close', letGo);
    socket.once('secureConnect', onReady);
    socket.once('error', fail);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort);
  });
}
