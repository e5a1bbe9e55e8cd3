// A call, and a request, as telemetry sees them.
import type { WireProtocol } from './wire-protocol.ts';

export interface ObservedCall {
  /** `package.Service/Method`; `_OTHER` for a call that reached no method (OpenTelemetry RPC conventions 1.45). */
  readonly method: string;
  /** `package.Service`; `_OTHER` likewise. */
  readonly service: string;
  readonly protocol: WireProtocol;
  readonly isStream: boolean;
  /** Address of the caller, where it is known. */
  readonly peer: string | undefined;
  /** A header of the request, by its name in lower case. */
  header(name: string): string | undefined;
}

export interface CallEnd {
  /** Name of the gRPC code: `OK`, `NOT_FOUND`. */
  readonly code: string;
  readonly durationMs: number;
  /** Messages that were sent. */
  readonly messages: number;
}

/** Called when a call starts; the result is called once, when it ends. Neither may throw. */
export type CallObserver = (call: ObservedCall) => (end: CallEnd) => void;

/** A request at the edge, whatever answers it. */
export interface EdgeRequest {
  readonly httpMethod: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly scheme: 'http' | 'https';
  readonly peer: string | undefined;
}
