// The errors that Connect's own handlers answer before any implementation of ours runs, found again in the bytes of each
// protocol and completed there: those handlers have no other place for it. Errors that are complete stay as they are.
import { Code, ConnectError } from '@connectrpc/connect';
import { compressedFlag, createAsyncIterable, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  createEndStreamSerialization,
  endStreamFlag,
  errorFromJsonBytes,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerParse, trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import { MAX_MESSAGE_BYTES } from '../../calls/codec.ts';
import { compressionNamed } from '../../calls/compression.ts';
import { ENVELOPE_PREFIX_BYTES, toEnvelope } from '../../calls/envelope.ts';
import type { CompleteError } from '../../errors/from-connect.ts';
import { relaxGrpcMessage } from '../grpc-message.ts';

export interface AnswerCompletion {
  /** The last word on every error. */
  readonly completeError: CompleteError;
  /** Receives the code of every answer that has it at the end of its body. */
  readonly refused?: ((code: Code) => void) | undefined;
}

/** Errors in it are sent without compression. */
export async function completeAnswer(
  response: UniversalServerResponse,
  completion: AnswerCompletion,
): Promise<UniversalServerResponse> {
  const { status, header, body, trailer } = response;
  if (header === undefined || body === undefined) return response;
  const contentType = header.get('content-type') ?? '';
  if (contentType === 'application/json' && status !== 200) return completePlain(response, header, body, completion);
  const encodingHeader = Object.entries(ENCODING_HEADERS).find(([prefix]) => contentType.startsWith(prefix))?.[1];
  if (encodingHeader === undefined) return response;
  return { ...response, body: completeFrames(body, trailer, header.get(encodingHeader), completion) };
}

/** Of answers in frames, by how their content type begins. */
const ENCODING_HEADERS = {
  'application/grpc': 'grpc-encoding',
  'application/connect+': 'connect-content-encoding',
};

/** A unary call of Connect's: HTTP status, and JSON as the whole body. */
async function completePlain(
  response: UniversalServerResponse,
  header: Headers,
  body: AsyncIterable<Uint8Array>,
  { completeError }: AnswerCompletion,
): Promise<UniversalServerResponse> {
  const bytes = Buffer.concat(await Array.fromAsync(body));
  const json = await decompress(bytes, header.get('content-encoding'));
  const error = errorFromJsonBytes(json, undefined, new ConnectError('not an error', Code.Unknown));
  const completed = completeError(error);
  if (completed === error) return { ...response, body: createAsyncIterable([bytes]) };
  header.delete('content-encoding');
  return { ...response, ...plainError(completed, header) };
}

/** @param header Of the answer; changed. */
export function plainError(error: ConnectError, header = new Headers({ 'content-type': 'application/json' })) {
  const bytes = errorToJsonBytes(error, undefined);
  header.set('content-length', `${bytes.length}`);
  return { status: codeToHttpStatus(error.code), header, body: createAsyncIterable([bytes]) };
}

async function* completeFrames(
  frames: AsyncIterable<Uint8Array>,
  trailer: Headers | undefined,
  encoding: string | null,
  { completeError, refused }: AnswerCompletion,
): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) {
    const completeEnd = COMPLETE_END[(frame[0] ?? 0) & ~compressedFlag];
    if (completeEnd === undefined) {
      yield frame;
      continue;
    }
    const isCompressed = (frame[0]! & compressedFlag) !== 0;
    const payload = frame.subarray(ENVELOPE_PREFIX_BYTES);
    const end = completeEnd(isCompressed ? await decompress(payload, encoding) : payload, completeError);
    if (end !== undefined) refused?.(end.code);
    yield end?.frame ?? frame;
  }
  // Only gRPC has HTTP trailers; the others carry their status in the body. The status is there once the body has ended.
  if (trailer === undefined) return;
  completeTrailer(trailer, completeError);
  relaxGrpcMessage(trailer);
}

interface End {
  readonly frame: Uint8Array;
  readonly code: Code;
}

/** The frames that say at the end how it went, by their flag. Undefined where it went well. */
const COMPLETE_END: Readonly<Record<number, (payload: Uint8Array, complete: CompleteError) => End | undefined>> = {
  [trailerFlag](payload, complete) {
    const trailer = trailerParse(payload);
    const code = completeTrailer(trailer, complete);
    return code === undefined ? undefined : { frame: toEnvelope(trailerFlag, trailerSerialize(trailer)).bytes, code };
  },
  [endStreamFlag](payload, complete) {
    const { metadata, error } = END_STREAM.parse(payload);
    if (error === undefined) return undefined;
    const completed = complete(withoutMetadata(error));
    const bytes = END_STREAM.serialize({ metadata, error: completed });
    return { frame: toEnvelope(endStreamFlag, bytes).bytes, code: completed.code };
  },
};

const END_STREAM = createEndStreamSerialization(undefined);

function completeTrailer(trailer: Headers, complete: CompleteError): Code | undefined {
  const error = findTrailerError(trailer);
  if (error === undefined) return undefined;
  const completed = complete(withoutMetadata(error));
  setTrailerStatus(trailer, completed);
  return completed.code;
}

/** It stays where it was found. */
function withoutMetadata({ rawMessage, code, details }: ConnectError): ConnectError {
  const copy = new ConnectError(rawMessage, code);
  copy.details = details;
  return copy;
}

async function decompress(bytes: Uint8Array, encoding: string | null): Promise<Uint8Array> {
  const compression = compressionNamed(encoding);
  // They are our own, and as long as what they echo: requests are bounded.
  return compression === undefined ? bytes : compression.decompress(bytes, MAX_MESSAGE_BYTES);
}
