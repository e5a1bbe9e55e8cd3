// @grpc/grpc-js as a client: the gRPC of most Node programs, and nothing of Connect in it.
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  type CallOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import {
  GetHealthRequestSchema,
  GetHealthResponseSchema,
  HealthService,
  WatchHealthRequestSchema,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { WireCall, WireClientKind, WireResult } from './wire-clients.ts';
import { revisionOf } from './wire-clients-connect.ts';

export const grpcJsKind: WireClientKind = {
  name: '@grpc/grpc-js',
  takesContentType: false,
  open(url, ca) {
    // Node takes no IP address as the name of a TLS server, so the name of the certificate is given.
    const options = ca === undefined ? {} : { 'grpc.ssl_target_name_override': 'localhost' };
    const channel = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
    const client = new Client(new URL(url).host, channel, options);
    const unary = <In extends DescMessage, Out extends DescMessage>(
      path: string,
      [input, output]: [In, Out],
      message: MessageShape<In>,
      toText: (message: MessageShape<Out>) => string,
      call: WireCall = {},
    ): Promise<WireResult> =>
      new Promise((resolve) => {
        const { metadata, options } = callOptions(call);
        const messages: string[] = [];
        const onAnswer = (_error: ServiceError | null, response?: MessageShape<Out>) => {
          if (response !== undefined) messages.push(toText(response));
        };
        const { serialize, deserialize } = codec(input, output);
        const running = client.makeUnaryRequest(path, serialize, deserialize, message, metadata, options, onAnswer);
        settle(running, call, messages, resolve);
      });
    return {
      unary: (component, call) =>
        unary(
          `/${HealthService.typeName}/GetHealth`,
          [GetHealthRequestSchema, GetHealthResponseSchema],
          create(GetHealthRequestSchema, { component }),
          ({ health }) => health?.component ?? '',
          call,
        ),
      unknownMethod: () =>
        unary(
          `/${Health.typeName}/Check`,
          [Health.method.check.input, Health.method.check.output],
          create(Health.method.check.input),
          String,
        ),
      stream: (component, call = {}) =>
        new Promise((resolve) => {
          const { metadata, options } = callOptions(call);
          const messages: string[] = [];
          const { serialize, deserialize } = codec(WatchHealthRequestSchema, WatchHealthResponseSchema);
          const running = client.makeServerStreamRequest(
            `/${HealthService.typeName}/WatchHealth`,
            serialize,
            deserialize,
            create(WatchHealthRequestSchema, { components: [component] }),
            metadata,
            options,
          );
          running.on('data', ({ event }) => messages.push(revisionOf(event)));
          running.on('error', () => {});
          settle(running, call, messages, resolve);
        }),
      close: async () => client.close(),
    };
  },
};

function codec<In extends DescMessage, Out extends DescMessage>(input: In, output: Out) {
  return {
    serialize: (message: MessageShape<In>) => Buffer.from(toBinary(input, message)),
    deserialize: (bytes: Buffer) => fromBinary(output, bytes),
  };
}

function callOptions({ metadata: fields = {}, timeoutMs }: WireCall): { metadata: Metadata; options: CallOptions } {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return { metadata, options: timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs } };
}

interface RunningCall {
  cancel(): void;
  on(event: 'metadata', listener: (metadata: Metadata) => void): unknown;
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

function settle(
  running: RunningCall,
  { signal }: WireCall,
  messages: readonly string[],
  resolve: (result: WireResult) => void,
): void {
  const cancel = () => running.cancel();
  signal?.addEventListener('abort', cancel);
  let header = new Metadata();
  running.on('metadata', (metadata) => {
    header = metadata;
  });
  running.on('status', ({ code, details, metadata }) => {
    signal?.removeEventListener('abort', cancel);
    resolve({
      code: codeName(code),
      message: details,
      reason: reasonOf(metadata),
      messages,
      header: (name) => header.get(name)[0]?.toString(),
      trailer: (name) => metadata.get(name)[0]?.toString(),
    });
  });
}

function reasonOf(trailer: Metadata): string | undefined {
  const [bytes] = trailer.get('grpc-status-details-bin');
  if (!(bytes instanceof Uint8Array)) return undefined;
  const { details } = fromBinary(StatusSchema, bytes);
  return details.map((detail) => anyUnpack(detail, ErrorInfoSchema)).find((info) => info !== undefined)?.reason;
}

/** `FAILED_PRECONDITION` as `FailedPrecondition`. */
function codeName(code: number): string {
  const name = status[code] ?? String(code);
  if (name === 'OK') return name;
  const words = name
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('');
  return words === 'Cancelled' ? 'Canceled' : words;
}
