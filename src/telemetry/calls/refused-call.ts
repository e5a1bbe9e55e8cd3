// A request that meant a call and reached no handler: refused at the door, for its size, its content type or its HTTP method,
// or since nothing has that name.
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

/** What the edge itself answers, and Connect's mapping (connectrpc.com/docs/protocol, HTTP to error code) for the rest. */
const CODE_OF_HTTP_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  405: 'UNIMPLEMENTED',
  413: 'RESOURCE_EXHAUSTED',
  415: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** How it ended, where neither a handler nor the protocol has told. */
export function codeOfHttpStatus({ protocol }: Pick<ObservedCall, 'protocol'>, httpStatus: number): string {
  // To REST a path is a resource; to the others, a method.
  if (protocol === 'rest' && httpStatus === 404) return 'NOT_FOUND';
  return CODE_OF_HTTP_STATUS[httpStatus] ?? 'UNKNOWN';
}

export function headerOf({ headers }: Pick<EdgeRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
