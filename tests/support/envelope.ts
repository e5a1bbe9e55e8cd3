/** A message as gRPC, gRPC-Web and Connect's streams frame it: flags, four bytes of length, the message. */
export function envelope(message: Uint8Array, flags = 0): Buffer<ArrayBuffer> {
  const prefix = Buffer.from([flags, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
