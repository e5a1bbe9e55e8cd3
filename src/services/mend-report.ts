// A report whose words cannot be read, so that no failure is lost for the form of what it says beside its status: bytes that
// are no UTF-8, half a surrogate pair, a line break in the middle of a JSON string, a duration that there is no room for. What
// is of another type than it should be stays wrong, and so does every doubt about component and status.
import type { DescMethod } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { HealthService, ReportHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';

/** In place of what is no text the replacement character stands. */
const LENIENT_UTF8 = new TextDecoder();
const WORDS = new Set(['message', 'runId', 'run_id']);
const DURATION = /^-?[0-9]+(?:\.[0-9]*)?s$/;
/** The most that fits google.protobuf.Duration. */
const MAX_DURATION_SECONDS = 315_576_000_000;

/** What is longer than any words that are shown keeps others waiting while it is read once more. */
const MAX_BYTES = 262_144;

/** The same request with words that can be read; undefined where that is of no help, and for all other methods. */
export function mendReport(method: DescMethod, bytes: Uint8Array, isBinary: boolean): Uint8Array | undefined {
  if (method !== HealthService.method.reportHealth || bytes.length > MAX_BYTES) return undefined;
  try {
    return isBinary ? mendBinary(bytes) : mendJson(LENIENT_UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}

function mendJson(text: string): Uint8Array | undefined {
  // Outside of strings they mean no more than a blank, and inside they are not allowed.
  const json: unknown = JSON.parse(text.replaceAll(CONTROL_CHARACTER, ' '));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const mended = Object.entries(json).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [[name, value]];
    if (name === 'duration' && isUnheardOf(value)) return [];
    return [[name, WORDS.has(name) ? value.toWellFormed() : value]];
  });
  return Buffer.from(JSON.stringify(Object.fromEntries(mended)));
}

const CONTROL_CHARACTER = /\p{Cc}/gu;

function isUnheardOf(duration: string): boolean {
  return DURATION.test(duration) && Math.abs(Number.parseFloat(duration)) > MAX_DURATION_SECONDS;
}

function mendBinary(bytes: Uint8Array): Uint8Array {
  const { message, runId } = ReportHealthRequestSchema.field;
  const words = new Set([message.number, runId.number]);
  const reader = new BinaryReader(bytes);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    writer.tag(field, wireType);
    if (words.has(field) && wireType === WireType.LengthDelimited) writer.string(LENIENT_UTF8.decode(reader.bytes()));
    else writer.raw(reader.skip(wireType, field));
  }
  return writer.finish();
}
