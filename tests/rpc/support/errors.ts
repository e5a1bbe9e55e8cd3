// What a caller sees of a failed call, decoded from the wire.
import { ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';

/** The error that `call` rejects with. */
export async function failure(call: Promise<unknown>): Promise<ConnectError> {
  const result = await call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  );
  if (result === undefined) throw new Error('the call did not fail');
  return result;
}

/** Its code and its details, in plain words. */
export function details(error: ConnectError) {
  const [info, ...moreInfo] = error.findDetails(ErrorInfoSchema);
  const [badRequest] = error.findDetails(BadRequestSchema);
  const [retry] = error.findDetails(RetryInfoSchema);
  return {
    code: error.code,
    reason: info?.reason,
    domain: info?.domain,
    metadata: info?.metadata,
    infos: moreInfo.length + (info ? 1 : 0),
    fields: badRequest?.fieldViolations.map(({ field }) => field),
    violations: badRequest?.fieldViolations,
    retryDelaySeconds: retry && Number(retry.retryDelay?.seconds),
  };
}
