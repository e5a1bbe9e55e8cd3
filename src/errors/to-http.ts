// Errors as HTTP has them: a status by the reason or the code, and google.rpc.Status with its details as JSON.
import {
  create,
  createRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { Code, type ConnectError } from '@connectrpc/connect';
import { file_google_rpc_error_details, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ERROR_CATALOGUE, type ErrorKind } from './catalogue.ts';
import { reasonOf } from './to-connect.ts';

/** The "HTTP Mapping" of each code in google/rpc/code.proto. */
export const HTTP_STATUS: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

const KINDS = new Map<string, Pick<ErrorKind<never>, 'httpStatus'>>(Object.entries(ERROR_CATALOGUE));

/** That of its entry in the catalogue, else that of its code. */
export function httpStatusOf(error: ConnectError): number {
  return KINDS.get(reasonOf(error) ?? '')?.httpStatus ?? HTTP_STATUS[error.code];
}

const OWN_DETAILS = createRegistry(file_google_rpc_error_details);

/** @param registry Types of details that came over the wire; others of that kind are left out. */
export function statusJson({ code, rawMessage, details }: ConnectError, registry: Registry = OWN_DETAILS): JsonObject {
  const shown = details.map((detail) => detailJson(detail, registry)).filter((detail) => detail !== undefined);
  return { code, message: rawMessage, ...(shown.length > 0 && { details: shown }) };
}

function detailJson(detail: ConnectError['details'][number], registry: Registry): JsonObject | undefined {
  if ('desc' in detail) {
    return anyJson(detail.desc.typeName, toJson(detail.desc, create(detail.desc, detail.value), { registry }));
  }
  const desc = registry.getMessage(detail.type);
  return desc && anyJson(desc.typeName, toJson(desc, fromBinary(desc, detail.value), { registry }));
}

/** Types with a JSON form of their own stand beside the type as `value` (google/protobuf/any.proto). */
function anyJson(typeName: string, json: JsonValue): JsonObject {
  const type = { '@type': `type.googleapis.com/${typeName}` };
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isObject ? { ...type, ...json } : { ...type, value: json };
}

/** Whole seconds, as RFC 9110 has them (Retry-After), in which the wait that `RetryInfo` names is over. */
export function retryAfterSeconds(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Math.max(1, Math.ceil(durationMs(delay) / 1000));
}
