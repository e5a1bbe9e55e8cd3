// The service that the Connect authors' conformance suite calls: each method answers what its request asks for, and tells
// what it saw of the call. What has to be answered when stands beside each method in proto/.../service.proto.
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformancePayloadSchema,
  type ConformanceService,
  type Error as ErrorDefinition,
  type Header,
  HeaderSchema,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from '../gen/connectrpc/conformance/v1/service_pb.ts';

/** All but `unimplemented`, which is there to be missing. */
export const conformanceService: Partial<ServiceImpl<typeof ConformanceService>> = {
  async unary(request, context) {
    const seen = requestInfo(context, [anyPack(UnaryRequestSchema, request)]);
    return { payload: await answerOnce(request.responseDefinition, seen, context) };
  },

  async idempotentUnary(request, context) {
    const seen = requestInfo(context, [anyPack(IdempotentUnaryRequestSchema, request)]);
    return { payload: await answerOnce(request.responseDefinition, seen, context) };
  },

  async clientStream(requests, context) {
    const received: Any[] = [];
    let definition: UnaryResponseDefinition | undefined;
    for await (const request of requests) {
      if (received.length === 0) definition = request.responseDefinition;
      received.push(anyPack(ClientStreamRequestSchema, request));
    }
    return { payload: await answerOnce(definition, requestInfo(context, received), context) };
  },

  async *serverStream(request, context) {
    const definition = request.responseDefinition;
    if (definition === undefined) return;
    addMetadata(definition, context);
    const seen = requestInfo(context, [anyPack(ServerStreamRequestSchema, request)]);
    yield* answerAll(definition, seen, context);
  },

  async *bidiStream(requests, context) {
    let definition: StreamResponseDefinition | undefined;
    let isFullDuplex = false;
    let received: Any[] = [];
    let isFirst = true;
    let answered = 0;
    for await (const request of requests) {
      if (isFirst) {
        isFirst = false;
        definition = request.responseDefinition;
        isFullDuplex = request.fullDuplex;
        if (definition !== undefined) addMetadata(definition, context);
      }
      received.push(anyPack(BidiStreamRequestSchema, request));
      if (!isFullDuplex) continue;
      const data = definition?.responseData[answered];
      if (data === undefined) break;
      const seen =
        answered === 0
          ? requestInfo(context, received)
          : create(ConformancePayload_RequestInfoSchema, { requests: received });
      await delay(definition?.responseDelayMs, context);
      yield { payload: payload(data, seen) };
      answered++;
      received = [];
    }
    if (definition === undefined) return;
    yield* answerAll(definition, requestInfo(context, received), context, answered);
  },
};

/** The one answer of a method that has one. @throws ConnectError what the definition asks for */
async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  seen: ConformancePayload_RequestInfo,
  context: HandlerContext,
): Promise<ConformancePayload> {
  if (definition === undefined) return payload(undefined, seen);
  addMetadata(definition, context);
  await delay(definition.responseDelayMs, context);
  const { response } = definition;
  if (response.case === 'error') throw toConnectError(response.value, seen);
  return payload(response.value, seen);
}

/** What is left of the answers of a stream, the first of all of them with what was seen. */
async function* answerAll(
  definition: StreamResponseDefinition,
  seen: ConformancePayload_RequestInfo,
  context: HandlerContext,
  from = 0,
): AsyncGenerator<{ payload: ConformancePayload }> {
  const { responseData, responseDelayMs, error } = definition;
  for (let at = from; at < responseData.length; at++) {
    await delay(responseDelayMs, context);
    yield { payload: payload(responseData[at], at === 0 ? seen : undefined) };
  }
  if (error !== undefined) throw toConnectError(error, responseData.length === 0 ? seen : undefined);
}

function payload(data: Uint8Array | undefined, seen: ConformancePayload_RequestInfo | undefined): ConformancePayload {
  return create(ConformancePayloadSchema, { ...(data && { data }), ...(seen && { requestInfo: seen }) });
}

function requestInfo(context: HandlerContext, requests: Any[]): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: headersOf(context.requestHeader),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.trunc(timeoutMs)) }),
    ...(context.requestMethod === 'GET' && {
      connectGetInfo: { queryParams: headersOf(new URL(context.url).searchParams) },
    }),
  });
}

function headersOf(pairs: Iterable<[string, string]>): Header[] {
  return [...pairs].map(([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

function addMetadata(
  { responseHeaders, responseTrailers }: { responseHeaders: Header[]; responseTrailers: Header[] },
  context: HandlerContext,
): void {
  appendAll(context.responseHeader, responseHeaders);
  appendAll(context.responseTrailer, responseTrailers);
}

function appendAll(target: Headers, headers: readonly Header[]): void {
  for (const { name, value: values } of headers) for (const value of values) target.append(name, value);
}

function toConnectError(
  { message, code, details }: ErrorDefinition,
  seen: ConformancePayload_RequestInfo | undefined,
): ConnectError {
  // The codes of the suite are those of gRPC, by their numbers.
  const error = new ConnectError(message ?? '', Number(code));
  for (const { typeUrl, value } of details) {
    error.details.push({ type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1), value });
  }
  if (seen !== undefined) error.details.push({ desc: ConformancePayload_RequestInfoSchema, value: seen });
  return error;
}

/** Ends with the call. */
async function delay(delayMs: number | undefined, { signal }: HandlerContext): Promise<void> {
  if (!delayMs) return;
  try {
    await sleep(delayMs, undefined, { signal });
  } catch {
    throw ConnectError.from(signal.reason);
  }
}
