// A YAML document as a protobuf message: walks the values of the file and the descriptors of the schema side by side. It
// knows descriptors and nothing of OpenK, so that every key, type and enum value comes from the .proto alone.
import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  type Message,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect, scalarZeroValue } from '@bufbuild/protobuf/reflect';
import { nearestName } from '../../core/nearest.ts';
import { quoteName } from '../../core/quote-name.ts';
import { atOnce, type Steps } from '../../core/steps.ts';
import type { Path, PlacedFault } from '../fault.ts';
import type { Environment } from './environment.ts';
import { addPlace, type Place } from './places.ts';
import { type Read, readBase64, readEnum, readerOfMessage, readScalar } from './scalars.ts';
import type { LongList, YamlDocument } from './yaml-document.ts';
import { NotInPieces } from './yaml-pieces.ts';
import type { YamlEntry, YamlItem, YamlValue } from './yaml-shapes.ts';
import { HAS_TAG, type Report, readYaml, TooManyAliases } from './yaml-values.ts';

export interface MessageRead<Message> {
  /** What could be read; values with faults are left out. */
  readonly message: Message;
  /** False when reading ended early: rules about the message then mean nothing. */
  readonly complete: boolean;
  /** There is no value at all: no text, or `null`. */
  readonly isEmpty: boolean;
  readonly faults: readonly PlacedFault[];
  readonly places: Place;
}

type Field<Kind extends DescField['fieldKind']> = DescField & { readonly fieldKind: Kind };

/** A message without a long list of its document, and the entries of that list, which nobody else keeps. */
export interface ReadApart<Read> extends MessageRead<Read> {
  /**
   * The next entry, as it is read. Where its values stand is looked up when `places` are asked for it.
   * @throws {NotInPieces} also where there is a fault
   */
  readonly next: () => Steps<Message | undefined>;
  /** The entry there, by itself: where others need not be read. @throws {NotInPieces} as `next` */
  readonly at: (index: number) => Steps<Message | undefined>;
}

/**
 * The same of a document with a long list, which is not read into the message.
 * @throws {NotInPieces} where there is a fault
 */
export function* readApart<Desc extends DescMessage>(
  schema: Desc,
  document: YamlDocument & { readonly long: LongList },
  env: Environment,
): Steps<ReadApart<MessageShape<Desc>>> {
  const report: Report = () => {
    throw new NotInPieces();
  };
  const value = readYaml(document, env, report);
  const field = schema.fields.find(({ name }) => name === document.long.key);
  const entry = value.kind === 'mapping' ? value.entries.find(({ key }) => key === document.long.key) : undefined;
  const list = entry?.read([]);
  if (value.kind !== 'mapping' || entry === undefined || list?.kind !== 'list' || field?.message === undefined) {
    throw new NotInPieces();
  }
  const message = create(schema);
  const places: Place = { offset: value.offset };
  const reader = createFieldReader(report);
  const others = { ...value, entries: value.entries.filter((other) => other !== entry) };
  yield* reader.readFields(reflect(schema, message), others, [], places);
  const entryAt = (index: number): Place | undefined => {
    const item = list.long?.at(index);
    if (item === undefined) return undefined;
    const path = [field.name, index];
    const place = { offset: item.offset };
    atOnce(reader.readElement(field, item.read(path), path, place));
    return place;
  };
  places.children ??= new Map();
  places.children.set(field.name, { offset: entry.offset, keyOffset: entry.keyOffset, entryAt });
  const items = list.items[Symbol.iterator]();
  let index = -1;
  const readItem = function* (item: YamlItem, position: number): Steps<Message> {
    const path = [field.name, position];
    return ((yield* reader.readElement(field, item.read(path), path, undefined)) as ReflectMessage).message;
  };
  return {
    message,
    complete: true,
    isEmpty: false,
    faults: [],
    places,
    *next() {
      const { done, value: item } = items.next();
      return done ? undefined : yield* readItem(item, ++index);
    },
    *at(position) {
      const item = list.long?.at(position);
      return item && (yield* readItem(item, position));
    },
  };
}

/** Whatever is wrong is among the faults. A step for each entry of a list or map. @throws {NotInPieces} where the document has a long list */
export function* readMessage<Desc extends DescMessage>(
  schema: Desc,
  document: YamlDocument,
  env: Environment,
): Steps<MessageRead<MessageShape<Desc>>> {
  const faults: PlacedFault[] = [];
  const report: Report = (offset, path, message) => faults.push({ offset, path, message });
  const value = readYaml(document, env, report);
  const message = create(schema);
  const places: Place = { offset: value.offset };
  const isEmpty = value.kind === 'nothing';
  try {
    yield* createFieldReader(report).readFields(reflect(schema, message), value, [], places);
  } catch (error) {
    if (!(error instanceof TooManyAliases)) throw error;
    report(error.offset, error.path, error.message);
    return { message, complete: false, isEmpty, faults, places };
  }
  return { message, complete: true, isEmpty, faults, places };
}

interface FieldReader {
  /** Reads the keys of a mapping into the fields of a message. @param place where values stand is added to it */
  readFields(message: ReflectMessage, value: YamlValue, path: Path, place: Place | undefined): Steps<void>;
  /** One value of a field, list or map as `ReflectMessage` takes it; undefined when it has faults. */
  readElement(field: DescField, value: YamlValue, path: Path, place: Place | undefined): Steps<unknown>;
}

function createFieldReader(report: Report): FieldReader {
  const namesByMessage = new Map<DescMessage, ReadonlyMap<string, DescField>>();

  function namesOf(desc: DescMessage): ReadonlyMap<string, DescField> {
    const known = namesByMessage.get(desc);
    if (known !== undefined) return known;
    const names = new Map<string, DescField>();
    for (const field of desc.fields) names.set(field.name, field).set(field.jsonName, field);
    namesByMessage.set(desc, names);
    return names;
  }

  function entriesOf(value: YamlValue, path: Path, otherwise: () => string): readonly YamlEntry[] {
    if (value.kind === 'mapping') return value.entries;
    if (value.kind !== 'nothing' && value.kind !== 'faulty') report(value.offset, path, otherwise());
    return [];
  }

  function itemsOf(value: YamlValue, path: Path): Iterable<YamlItem> {
    if (value.kind === 'list') return value.items;
    if (value.kind !== 'nothing' && value.kind !== 'faulty') {
      report(value.offset, path, 'must be a list: [a, b], or a line "- a" for each entry');
    }
    return [];
  }

  function* readFields(message: ReflectMessage, value: YamlValue, path: Path, place: Place | undefined): Steps<void> {
    const seen = new Set<DescField>();
    const chosen = new Map<DescOneof, string>();
    for (const entry of entriesOf(value, path, () => mustBeMapping(message.desc))) {
      const field = namesOf(message.desc).get(entry.key);
      if (field === undefined) {
        const { name, fault } = unknownKey(entry.key, message.desc, namesOf(message.desc));
        report(entry.keyOffset, [...path, name], fault);
        continue;
      }
      const fieldPath = [...path, field.name];
      if (seen.has(field)) {
        report(entry.keyOffset, fieldPath, 'is there twice: keep one');
        continue;
      }
      seen.add(field);
      const written = entry.read(fieldPath);
      if (written.kind === 'nothing') continue;
      const rival = field.oneof && chosen.get(field.oneof);
      if (field.oneof && rival !== undefined) {
        report(entry.keyOffset, fieldPath, `excludes '${rival}', which is there too: keep one of them`);
        continue;
      }
      if (field.oneof) chosen.set(field.oneof, field.name);
      yield* readField(message, field, written, fieldPath, addPlace(place, field.name, entry.offset, entry.keyOffset));
    }
  }

  function* readField(
    message: ReflectMessage,
    field: DescField,
    value: YamlValue,
    path: Path,
    place: Place | undefined,
  ): Steps<void> {
    if (field.fieldKind === 'list') {
      yield* readList(message, field, value, path, place);
    } else if (field.fieldKind === 'map') {
      yield* readMap(message, field, value, path, place);
    } else {
      const element = yield* readElement(field, value, path, place);
      if (element !== undefined) message.set(field, element);
    }
  }

  function* readList(
    message: ReflectMessage,
    field: Field<'list'>,
    value: YamlValue,
    path: Path,
    place: Place | undefined,
  ): Steps<void> {
    const list = message.get(field);
    let index = -1;
    for (const item of itemsOf(value, path)) {
      yield;
      const itemPath = [...path, ++index];
      const element = yield* readElement(field, item.read(itemPath), itemPath, addPlace(place, index, item.offset));
      // An entry that cannot be read keeps its position, so that later checks count as the file does.
      list.add(element ?? zeroElement(field));
    }
  }

  function* readMap(
    message: ReflectMessage,
    field: Field<'map'>,
    value: YamlValue,
    path: Path,
    place: Place | undefined,
  ): Steps<void> {
    const map = message.get(field);
    const seen = new Set<string>();
    for (const entry of entriesOf(value, path, () => 'must be a mapping of names to values')) {
      yield;
      const entryPath = [...path, entry.key];
      const key = readScalar(field.mapKey, entry.key);
      if (!key.ok) report(entry.keyOffset, entryPath, `its key ${key.message}`);
      else if (seen.has(entry.key)) report(entry.keyOffset, entryPath, 'is there twice: keep one');
      // Objects cannot hold it; everything else is for the rules of the field to judge.
      else if (entry.key === '__proto__') report(entry.keyOffset, entryPath, 'cannot be used as a name');
      else {
        const entryValue = entry.read(entryPath);
        const name = entryValue.kind === 'nothing' ? gluedName(entry.key) : undefined;
        if (name !== undefined) report(entry.keyOffset, [...path, name], NO_COLON);
        else {
          const entryPlace = addPlace(place, entry.key, entry.offset, entry.keyOffset);
          const element = yield* readElement(field, entryValue, entryPath, entryPlace);
          if (element !== undefined) map.set(key.value, element);
        }
      }
      seen.add(entry.key);
    }
  }

  function* readElement(
    { message: desc, enum: enumeration, scalar }: DescField,
    value: YamlValue,
    path: Path,
    place: Place | undefined,
  ): Steps<unknown> {
    if (value.kind === 'faulty') return undefined;
    if (value.kind === 'nothing') {
      report(value.offset, path, 'has no value: write one ("" for an empty text), or take it out');
      return undefined;
    }
    const readText = desc && readerOfMessage(desc);
    if (desc && !readText) {
      const message = reflect(desc);
      yield* readFields(message, value, path, place);
      return message;
    }
    if (value.kind !== 'text' && value.kind !== 'base64') {
      report(value.offset, path, `must be a single value, not a ${value.kind}`);
      return undefined;
    }
    const read =
      scalar === ScalarType.BYTES || value.kind === 'base64'
        ? readBytes(value, scalar)
        : (readText?.(value.text) ??
          (enumeration ? readEnum(enumeration, value.text) : readScalar(scalar!, value.text)));
    if (read.ok) return read.value;
    report(value.offset, path, read.message);
    return undefined;
  }

  return { readFields, readElement };
}

/** A field of bytes takes a text as UTF-8, and escapes and base64 as the bytes that they say. */
function readBytes(value: YamlValue & { kind: 'text' | 'base64' }, scalar: ScalarType | undefined): Read {
  if (scalar !== ScalarType.BYTES) return { ok: false, message: HAS_TAG };
  if (value.kind === 'base64') return readBase64(value.text);
  return value.bytes ? { ok: true, value: value.bytes } : readScalar(scalar, value.text);
}

function zeroElement({ message, scalar }: DescField): unknown {
  if (message) return reflect(message);
  return scalar === undefined ? 0 : scalarZeroValue(scalar, false);
}

/** Without former names, which are read and not shown. */
function writtenNames(desc: DescMessage): readonly string[] {
  return desc.fields.filter(({ deprecated }) => !deprecated).map(({ name }) => name);
}

function mustBeMapping(desc: DescMessage): string {
  const names = writtenNames(desc);
  return names.length === 0 ? 'must be {}' : `must be a mapping with keys of: ${names.join(', ')}`;
}

function unknownKey(
  key: string,
  desc: DescMessage,
  known: ReadonlyMap<string, DescField>,
): { readonly name: string; readonly fault: string } {
  const names = writtenNames(desc);
  const name = gluedName(key) ?? key;
  if (name !== key && known.has(name)) return { name, fault: NO_COLON };
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `; known here: ${names.join(', ') || 'none'}` : `, did you mean '${nearest}'?`;
  return { name, fault: `unknown key ${quoteName(name)}${hint}` };
}

const NO_COLON = 'runs into its value: write a colon and a space between them';

/** Inside {} `password:x` is a key without a value. What is behind the name may be a secret, so that it is not shown. */
function gluedName(key: string): string | undefined {
  return /^([^\s:=]+)\s*[\s:=]\s*\S/.exec(key)?.[1];
}
