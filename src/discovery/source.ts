// What a source of components is to those who read it, and what it gets of the world. A source says that something has changed and is
// asked when there is time for it: a list that changes fifty times a second is read as often as can be borne.
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';

/** Something that a source names. */
export interface Target {
  /** Distinguishes it from the others of its source, over time as well: its component's id is made of it. */
  readonly name: string;
  /** Mostly HOST:PORT; whatever the source has. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How it is, where the source itself knows, UNKNOWN where it cannot be read now: nobody probes it then. */
  readonly observation?: Observation;
}

/** A target that cannot be taken. */
export interface TargetFault {
  /** As its source calls it, or where it stands; empty: no name is known. */
  readonly target: string;
  /** Holds no value of a label. */
  readonly message: string;
}

export interface SourceReading {
  /** All that there are, with those of parts that are lost. Undefined: it has given nothing yet. */
  readonly targets: readonly Target[] | undefined;
  readonly faults: readonly TargetFault[];
  /** What cannot be read now, and why: a line each, without secrets. Empty: all can. */
  readonly lost: readonly string[];
}

export interface Source {
  read(): SourceReading;
  /** Gives up what is under way. Nothing is open once it settles. */
  close(): Promise<void>;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface SourceContext {
  readonly clock: Clock;
  /** Calls it whenever `read` may say something else, and once there is a first answer or a first failure. */
  readonly onChange: () => void;
  readonly userAgent: string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly network: Network;
  /** Of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What sources need of the network, as an argument: the room that looks names up and connects is another one. */
export interface Network {
  /** Connects to no address that `probes.deny_addresses` has. @throws an error that `explain` has words for; the signal's reason */
  dial(target: HostPort, signal: AbortSignal): Promise<Socket>;
  /** As `dial`, with a TLS handshake in which HTTP/1.1 is asked for. */
  dialTls(target: HostPort, options: ConnectionOptions, signal: AbortSignal): Promise<Socket>;
  /** Options of handshakes by these settings; files are read again once they change. */
  tlsOptions(tls: ClientTls | undefined): (host: string) => ConnectionOptions;
  /** What became of a connection, for people: holds nothing but `target` and what is known beforehand. */
  explain(error: unknown, target: string): string;
  /** SRV records of a name. @throws Error with Node's codes of DNS; the signal's reason */
  resolveSrv(name: string, resolver: string, signal: AbortSignal): Promise<readonly SrvRecord[]>;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}
