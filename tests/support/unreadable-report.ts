// ReportHealthRequest by hand: UNHEALTHY about `job`, with bytes that are no UTF-8 where its message and its run id are.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';

export function unreadableReport(): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('job')
    .tag(2, WireType.Varint)
    .int32(HealthStatus.UNHEALTHY)
    .tag(3, WireType.LengthDelimited)
    .bytes(Buffer.from([0x61, 0xff, 0xe4, 0x62]))
    .tag(5, WireType.LengthDelimited)
    .bytes(Buffer.from([0xc3]))
    .finish();
}
