// The forms that a call may have on the wire: each content type that a lane takes, and what follows from it. Other
// spellings of the same types are valid too, and rare: they are left to Connect.
// grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html, …/md_doc__p_r_o_t_o_c_o_l-_w_e_b.html,
// connectrpc.com/docs/protocol

export type ProtocolName = 'grpc' | 'grpc-web' | 'connect';

export interface Format {
  readonly protocol: ProtocolName;
  readonly isBinary: boolean;
  /** Messages have a prefix of flags and length. */
  readonly isEnveloped: boolean;
  /** Of the answer. */
  readonly contentType: string;
  readonly timeoutHeader: string;
  readonly encodingHeader: string;
  readonly acceptEncodingHeader: string;
  /** Envelopes with this flag are no messages. Zero: there are none. */
  readonly endFlag: number;
}

const GRPC = {
  isEnveloped: true,
  timeoutHeader: 'grpc-timeout',
  encodingHeader: 'grpc-encoding',
  acceptEncodingHeader: 'grpc-accept-encoding',
};
const CONNECT = { protocol: 'connect', timeoutHeader: 'connect-timeout-ms' } as const;
const CONNECT_UNARY = {
  ...CONNECT,
  isEnveloped: false,
  encodingHeader: 'content-encoding',
  acceptEncodingHeader: 'accept-encoding',
  endFlag: 0,
};
const CONNECT_STREAM = {
  ...CONNECT,
  isEnveloped: true,
  encodingHeader: 'connect-content-encoding',
  acceptEncodingHeader: 'connect-accept-encoding',
  endFlag: 0b10,
};

const grpc = (codec: 'proto' | 'json'): Format => ({
  ...GRPC,
  protocol: 'grpc',
  isBinary: codec === 'proto',
  contentType: `application/grpc+${codec}`,
  endFlag: 0,
});
const grpcWeb = (codec: 'proto' | 'json'): Format => ({
  ...GRPC,
  protocol: 'grpc-web',
  isBinary: codec === 'proto',
  contentType: `application/grpc-web+${codec}`,
  endFlag: 0b1000_0000,
});

const ANY_KIND: readonly (readonly [string, Format])[] = [
  ['application/grpc', grpc('proto')],
  ['application/grpc+proto', grpc('proto')],
  ['application/grpc+json', grpc('json')],
  ['application/grpc-web', grpcWeb('proto')],
  ['application/grpc-web+proto', grpcWeb('proto')],
  ['application/grpc-web+json', grpcWeb('json')],
];
const UNARY_PROTO: Format = { ...CONNECT_UNARY, isBinary: true, contentType: 'application/proto' };
const UNARY_JSON: Format = { ...CONNECT_UNARY, isBinary: false, contentType: 'application/json' };

/** By content type as it is in the request. */
export const UNARY_FORMATS: ReadonlyMap<string, Format> = new Map([
  ...ANY_KIND,
  ['application/proto', UNARY_PROTO],
  ['application/json', UNARY_JSON],
  ['application/json; charset=utf-8', UNARY_JSON],
]);

/** By content type as it is in the request. */
export const STREAM_FORMATS: ReadonlyMap<string, Format> = new Map([
  ...ANY_KIND,
  ['application/connect+proto', { ...CONNECT_STREAM, isBinary: true, contentType: 'application/connect+proto' }],
  ['application/connect+json', { ...CONNECT_STREAM, isBinary: false, contentType: 'application/connect+json' }],
]);

/** Of a GET, by the encoding that its query names. */
export const GET_FORMATS: ReadonlyMap<string, Format> = new Map([
  ['json', UNARY_JSON],
  ['proto', UNARY_PROTO],
]);
