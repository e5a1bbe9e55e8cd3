// Every kind of client that the port serves, behind one small interface, so that one table of cases runs over all of them.
// They call the service of wire-service.ts.

import { fetchKind, rawSocketKind } from './wire-clients-by-hand.ts';
import { connectKinds } from './wire-clients-connect.ts';
import { grpcJsKind } from './wire-clients-grpc-js.ts';

export interface WireCall {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** In place of the protocol's own, by clients that can. */
  readonly contentType?: string;
}

export interface WireResult {
  /** Name of the code, as in Connect's `Code`, or `OK`. */
  readonly code: string;
  readonly message: string;
  /** Of the `google.rpc.ErrorInfo`. */
  readonly reason: string | undefined;
  /** GetHealth: the component. WatchHealth: the revisions. */
  readonly messages: readonly string[];
  readonly header: (name: string) => string | undefined;
  readonly trailer: (name: string) => string | undefined;
}

export interface WireClient {
  /** GetHealth */
  unary(component: string, call?: WireCall): Promise<WireResult>;
  /** WatchHealth, to its end. */
  stream(component: string, call?: WireCall): Promise<WireResult>;
  /** A method that the server does not have. */
  unknownMethod(): Promise<WireResult>;
  /** Leaves no connection. */
  close(): Promise<void>;
}

export interface WireClientKind {
  readonly name: string;
  /** Whether it sends any content type that it is told to. */
  readonly takesContentType: boolean;
  /** @param ca Authority to trust; undefined for cleartext. */
  open(url: string, ca: string | undefined): WireClient;
}

export const WIRE_CLIENT_KINDS: readonly WireClientKind[] = [grpcJsKind, ...connectKinds, fetchKind, rawSocketKind];
