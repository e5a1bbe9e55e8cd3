// A long list from the encodings of its elements. The elements that a handler has frozen never change (keep-encoded.ts), and
// stand in many answers: each is encoded once, and an answer of a thousand is put together in a tenth of the time.
import {
  type BinaryWriteOptions,
  type DescField,
  type DescMessage,
  type JsonWriteStringOptions,
  type Message,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { keepEncoded } from './keep-encoded.ts';

/**
 * The encoding of a whole message; undefined where it is not a list of frozen elements, and where these have no encoding by
 * themselves (google.protobuf.Struct), or none at all, which the encoding of the whole then reports.
 */
export type FromParts = (message: Message) => Buffer | undefined;

/** Undefined for messages that have no such list. */
export function createBinaryFromParts(desc: DescMessage, options?: Partial<BinaryWriteOptions>): FromParts | undefined {
  const list = findLeadingList(desc);
  if (list === undefined) return undefined;
  const part = keepEncoded((element) =>
    new BinaryWriter()
      .tag(list.number, WireType.LengthDelimited)
      .bytes(toBinary(list.message, element, options))
      .finish(),
  );
  return (message) =>
    encodeSplit(list, message, ({ elements, rest }) =>
      Buffer.concat([...elements.map(part), toBinary(desc, rest, options)]),
    );
}

/** Undefined for messages that have no such list. */
export function createJsonFromParts(
  desc: DescMessage,
  options?: Partial<JsonWriteStringOptions>,
): FromParts | undefined {
  const list = findLeadingList(desc);
  // Well-known types have a JSON of their own.
  if (list === undefined || desc.typeName.startsWith('google.protobuf.')) return undefined;
  // The rest would name the list once more; and lines are broken for the whole.
  if (options?.alwaysEmitImplicit || options?.prettySpaces) return undefined;
  const name = JSON.stringify(options?.useProtoFieldName ? list.name : list.jsonName);
  const part = keepEncoded((element) => toJsonString(list.message, element, options));
  return (message) =>
    encodeSplit(list, message, ({ elements, rest }) => {
      const others = toJsonString(desc, rest, options);
      const list = elements.map(part).join(',');
      return Buffer.from(`{${name}:[${list}]${others === '{}' ? '' : ','}${others.slice(1)}`);
    });
}

type MessageList = DescField & { readonly fieldKind: 'list'; readonly listKind: 'message' };

/** A list that comes before all other fields, as both encodings order them. */
function findLeadingList({ fields }: DescMessage): MessageList | undefined {
  const [first] = [...fields].sort((a, b) => a.number - b.number);
  const isList = first?.fieldKind === 'list' && first.listKind === 'message' && !first.delimitedEncoding;
  return isList ? first : undefined;
}

interface Split {
  readonly elements: readonly Message[];
  /** The message without them. */
  readonly rest: Message;
}

function encodeSplit({ localName }: MessageList, message: Message, encode: (split: Split) => Buffer) {
  const elements = (message as unknown as Readonly<Record<string, readonly Message[]>>)[localName] ?? [];
  if (elements.length === 0 || !elements.every(Object.isFrozen)) return undefined;
  try {
    return encode({ elements, rest: { ...message, [localName]: [] } });
  } catch {
    return undefined;
  }
}
