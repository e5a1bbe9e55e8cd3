// What this room needs to say when a request is refused. How such an error looks (domain, details, catalogue) is the
// application's, and comes in as an argument.
import type { Code, ConnectError } from '@connectrpc/connect';

/** What is wrong with one part of a request. */
export interface FieldFault {
  /** The field or parameter, with names as in the .proto; `body` for a body that is no JSON. */
  readonly field: string;
  /** For people. */
  readonly description: string;
  /** For programs, UPPER_SNAKE_CASE. */
  readonly reason?: string;
}

/** A request that its message cannot be made of, with everything that is wrong with it. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly FieldFault[]) {
    super('the request is not valid');
    this.faults = faults;
  }
}

export interface RestErrors {
  /** INVALID_ARGUMENT, with the faults as `google.rpc.BadRequest`. */
  invalidRequest(faults: readonly FieldFault[]): ConnectError;
  /** A request that fits no binding: path, HTTP method, content type, size. */
  refused(code: Code, reason: string, message: string): ConnectError;
  /** UNAVAILABLE, once the server drains. */
  shuttingDown(): ConnectError;
  /** Writes a defect to the log, and says no more of it than an id. */
  defect(error: unknown, method: string): ConnectError;
}

/** An answer whose HTTP status is not that of its code: 405, 413 and 415 have no code of their own. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly httpStatus: number;
  readonly error: ConnectError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(httpStatus: number, error: ConnectError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message);
    this.httpStatus = httpStatus;
    this.error = error;
    this.headers = headers;
  }
}

export interface Refusal {
  /** UPPER_SNAKE_CASE. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(errors: RestErrors, httpStatus: number, code: Code, refusal: Refusal): HttpRefusal {
  return new HttpRefusal(httpStatus, errors.refused(code, refusal.reason, refusal.message), refusal.headers);
}
