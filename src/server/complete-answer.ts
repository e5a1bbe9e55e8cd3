// The errors that Connect's own handlers answer before any implementation of ours runs, found again in the bytes of each
// protocol and completed there: those handlers have no other place for it. Errors that are complete stay as they are.
import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  createEndStreamSerialization,
  endStreamFlag,
  errorFromJsonBytes,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerParse, trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import type { CompleteError } from '../rpc/complete-error.ts';
import { ENVELOPE_PREFIX_BYTES, toEnvelope } from './wire/envelope.ts';

/** The answer of a unary call of Connect's: HTTP status, and JSON as its whole body. */
export async function completePlain(
  response: UniversalServerResponse,
  complete: CompleteError,
): Promise<UniversalServerResponse> {
  const { status, header, body } = response;
  const isError = status !== 200 && header?.get('content-type') === 'application/json';
  // A long one is compressed, and has its details: they are what makes it long.
  if (!isError || header.has('content-encoding') || body === undefined) return response;
  const bytes = Buffer.concat(await Array.fromAsync(body));
  const error = errorFromJsonBytes(bytes, undefined, new ConnectError('not an error', Code.Unknown));
  const completed = complete(error);
  if (completed === error) return { ...response, body: only(bytes) };
  const completedBytes = errorToJsonBytes(completed, undefined);
  header.set('content-length', `${completedBytes.length}`);
  return { ...response, status: codeToHttpStatus(completed.code), body: only(completedBytes) };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Of gRPC. */
export function completeTrailer(trailer: Headers, complete: CompleteError): Code | undefined {
  const error = findTrailerError(trailer);
  if (error === undefined) return undefined;
  const completed = complete(withoutMetadata(error));
  setTrailerStatus(trailer, completed);
  return completed.code;
}

/**
 * The last frame of gRPC-Web, and of a stream of Connect's, which say at their end how it went; all others as they are.
 * With the code of the error, if there is one.
 */
export function completeEndFrame(
  frame: Uint8Array,
  complete: CompleteError,
): { readonly frame: Uint8Array; readonly code?: Code } {
  const [flags] = frame;
  if (flags === trailerFlag) {
    const trailer = trailerParse(frame.subarray(ENVELOPE_PREFIX_BYTES));
    const code = completeTrailer(trailer, complete);
    return code === undefined ? { frame } : { frame: toEnvelope(trailerFlag, trailerSerialize(trailer)).bytes, code };
  }
  if (flags !== endStreamFlag) return { frame };
  const { metadata, error } = END_STREAM.parse(frame.subarray(ENVELOPE_PREFIX_BYTES));
  if (error === undefined) return { frame };
  const completed = complete(withoutMetadata(error));
  return {
    frame: toEnvelope(endStreamFlag, END_STREAM.serialize({ metadata, error: completed })).bytes,
    code: completed.code,
  };
}

const END_STREAM = createEndStreamSerialization(undefined);

/** It stays where it was found. */
function withoutMetadata({ rawMessage, code, details }: ConnectError): ConnectError {
  const copy = new ConnectError(rawMessage, code);
  copy.details = details;
  return copy;
}
