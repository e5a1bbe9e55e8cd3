// Which requests are calls by gRPC, gRPC-Web or Connect: by path, media type, and the codings that we read. What is left over
// (a method that takes a stream, a coding that we lack, a type that no protocol has) is for Connect's own router.
import type { IncomingHttpHeaders } from 'node:http';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { ConnectError } from '@connectrpc/connect';
import { type Compression, createMethodUrl } from '@connectrpc/connect/protocol';
import { type Codec, createCodec, MAX_MESSAGE_BYTES } from '../calls/codec.ts';
import { compressionNamed } from '../calls/compression.ts';
import type { Exchange } from '../calls/exchange.ts';
import type { OnUnread } from '../calls/message-reader.ts';
import type { CallsOptions, RecordedMethod } from '../calls/methods.ts';
import type { FindCall, Match, Protocol, RequestReader, Route, StreamProtocol } from '../calls/protocol.ts';
import { Repeated } from '../calls/repeated.ts';
import { CONNECT_STREAM_ENCODING, connectStream, connectUnary } from './connect.ts';
import { type EnvelopedInput, EnvelopedReader } from './enveloped-reader.ts';
import { GRPC_ENCODING, grpc, grpcWeb } from './grpc.ts';
import { mediaTypeOf } from './media-type.ts';
import { PlainReader } from './plain-reader.ts';
import { type QueryMessage, queryReader, readQueryMessage } from './query-reader.ts';

export interface RpcCallsOptions extends CallsOptions {
  /** What becomes of requests that cannot be read. Left out: errors, in the words of the reader. */
  readonly onUnread?: OnUnread | undefined;
}

export function createRpcCalls(options: RpcCallsOptions): FindCall {
  const methods = new Map(
    options.methods.flatMap((recorded) => {
      const forms = createForms(recorded, options);
      return forms === undefined ? [] : [[createMethodUrl('/', recorded.spec.method), forms]];
    }),
  );

  const findPost = (path: string, headers: IncomingHttpHeaders): Match | undefined => {
    const forms = methods.get(path)?.post;
    const contentType = headers['content-type'] ?? '';
    const form = forms?.get(contentType) ?? forms?.get(mediaTypeOf(contentType) ?? '');
    return form?.codedBy(headers[form.encodingHeader]);
  };

  const readTarget = (target: string): Match | undefined => {
    const query = target.indexOf('?');
    const byEncoding = query < 0 ? undefined : methods.get(target.slice(0, query))?.get;
    if (byEncoding === undefined) return undefined;
    const parameters = new URLSearchParams(target.slice(query + 1));
    const formOf = byEncoding.get(parameters.get('encoding') ?? '');
    return formOf?.(readQueryMessage(parameters)).codedBy(parameters.get('compression') ?? undefined);
  };

  const knownTargets = new Repeated<Match | undefined>();
  const findGet = (target: string, headers: IncomingHttpHeaders): Match | undefined => {
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    return hasBody ? undefined : knownTargets.of(target, readTarget);
  };

  return ({ method, target, headers }) => {
    if (method === 'POST') return findPost(target, headers);
    return method === 'GET' ? findGet(target, headers) : undefined;
  };
}

/** A method by how it is called. */
interface MethodForms {
  /** By media type. */
  readonly post: ReadonlyMap<string, Form>;
  /** By the encoding that the query names; empty where a GET is not allowed. */
  readonly get: ReadonlyMap<string, (message: QueryMessage) => Form>;
}

type MakeReader = (
  exchange: Exchange,
  compression: Compression | undefined,
  fault: ConnectError | undefined,
) => RequestReader;

/** Calls in one form, and in one coding: none, or a compression. */
class Form implements Match {
  readonly route: Route;
  /** Names the coding of the request. */
  readonly encodingHeader: string;
  readonly compression: Compression | undefined;
  readonly #read: MakeReader;

  constructor(route: Route, encodingHeader: string, read: MakeReader, compression?: Compression) {
    this.route = route;
    this.encodingHeader = encodingHeader;
    this.compression = compression;
    this.#read = read;
  }

  createReader(exchange: Exchange, fault: ConnectError | undefined): RequestReader {
    return this.#read(exchange, this.compression, fault);
  }

  /** The same calls in a coding; undefined for one that we lack. */
  codedBy(coding: string | string[] | undefined): Form | undefined {
    if (coding === undefined || coding === 'identity') return this;
    const compression = typeof coding === 'string' ? compressionNamed(coding) : undefined;
    return compression && new Form(this.route, this.encodingHeader, this.#read, compression);
  }
}

const GRPC_WEB_END = 0b1000_0000;
const CONNECT_END = 0b10;

/** Undefined for a method that takes a stream. */
function createForms(recorded: RecordedMethod, options: RpcCallsOptions): MethodForms | undefined {
  const { spec } = recorded;
  if (spec.kind !== 'unary' && spec.kind !== 'server_streaming') return undefined;
  const { jsonOptions, interceptors = options.interceptors } = recorded.options;
  const { requestBytes: readMaxBytes, observe, onUnread } = options;
  const limits = { readMaxBytes, writeMaxBytes: MAX_MESSAGE_BYTES };
  const codecs = {
    proto: createCodec(spec.method, true, recorded.options, limits, onUnread),
    json: createCodec(spec.method, false, recorded.options, limits, onUnread),
  };
  const isUnary = spec.kind === 'unary';
  const routeOf = (protocol: Protocol | StreamProtocol, { encode }: Codec): Route => {
    const common = { spec, interceptors, encode, observe: observe?.(spec.method, protocol.name) };
    return isUnary || !('frame' in protocol)
      ? { ...common, kind: 'unary', protocol }
      : { ...common, kind: 'server_streaming', protocol };
  };
  const enveloped = (protocol: StreamProtocol, codec: Codec, encodingHeader: string, endFlag: number) => {
    const kind = isUnary ? 'unary' : 'server-streaming';
    const input: EnvelopedInput = { codec, kind, maxBytes: readMaxBytes, endFlag };
    const read: MakeReader = (_exchange, compression, fault) => new EnvelopedReader(input, compression, fault);
    return new Form(routeOf(protocol, codec), encodingHeader, read);
  };
  const post = new Map<string, Form>();
  const get = new Map<string, (message: QueryMessage) => Form>();
  for (const name of ['proto', 'json'] as const) {
    const codec = codecs[name];
    post.set(`application/grpc+${name}`, enveloped(grpc(name), codec, GRPC_ENCODING, 0));
    post.set(`application/grpc-web+${name}`, enveloped(grpcWeb(name), codec, GRPC_ENCODING, GRPC_WEB_END));
    if (!isUnary) {
      const form = enveloped(connectStream(name, jsonOptions), codec, CONNECT_STREAM_ENCODING, CONNECT_END);
      post.set(`application/connect+${name}`, form);
      continue;
    }
    const route = routeOf(connectUnary(name, false, jsonOptions), codec);
    const read: MakeReader = ({ headers }, compression, fault) =>
      new PlainReader(codec, readMaxBytes, headers['content-length'], compression, fault);
    post.set(`application/${name}`, new Form(route, 'content-encoding', read));
    if (spec.method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) {
      const ofGet = routeOf(connectUnary(name, true, jsonOptions), codec);
      get.set(name, (message) => {
        const readQuery: MakeReader = (_exchange, compression, fault) =>
          queryReader(codec, message, readMaxBytes, compression, fault);
        return new Form(ofGet, '', readQuery);
      });
    }
  }
  for (const type of ['application/grpc', 'application/grpc-web']) {
    const form = post.get(`${type}+proto`);
    if (form !== undefined) post.set(type, form);
  }
  return { post, get };
}
