// A request that meant a call and reached no handler: refused at the door, for its size, its content type or its HTTP method,
// or since nothing has that name.
import { ERROR_CATALOGUE, type ErrorKind } from '../../errors/catalogue.ts';
import { codeName } from '../../errors/code-name.ts';
import { OTHER_METHOD } from './call-outcome.ts';
import type { EdgeRequest, ObservedCall } from './observed-call.ts';
import { wireProtocolOfRefused } from './wire-protocol.ts';

/** Undefined where it was no call. @param methods `package.Service/Method` of all that there are */
export function refusedCall(request: EdgeRequest, methods: ReadonlySet<string>): ObservedCall | undefined {
  const { headers, path } = request;
  const query = path.indexOf('?');
  const bare = query < 0 ? path : path.slice(0, query);
  const protocol = wireProtocolOfRefused(headerOf(request, 'content-type') ?? '', bare);
  if (protocol === undefined) return undefined;
  const name = bare.slice(1);
  const isKnown = methods.has(name);
  return {
    method: isKnown ? name : OTHER_METHOD,
    service: isKnown ? name.slice(0, name.lastIndexOf('/')) : OTHER_METHOD,
    protocol,
    isStream: false,
    peer: request.peer,
    header: (header) => headerOf({ headers }, header),
  };
}

/** Connect's mapping (connectrpc.com/docs/protocol, HTTP to error code), and over it what the catalogue gives a status of its own. */
const CODE_OF_HTTP_STATUS: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'UNIMPLEMENTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
  ...Object.values<Pick<ErrorKind<never>, 'code' | 'httpStatus'>>(ERROR_CATALOGUE).flatMap(
    ({ code, httpStatus }): [number, string][] => (httpStatus === undefined ? [] : [[httpStatus, codeName(code)]]),
  ),
]);

/** How it ended, where neither a handler nor the protocol has told. */
export function codeOfHttpStatus({ protocol }: Pick<ObservedCall, 'protocol'>, httpStatus: number): string {
  // To REST a path is a resource; to the others, a method.
  if (protocol === 'rest' && httpStatus === 404) return 'NOT_FOUND';
  return CODE_OF_HTTP_STATUS.get(httpStatus) ?? 'UNKNOWN';
}

export function headerOf({ headers }: Pick<EdgeRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
