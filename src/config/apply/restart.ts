// Which changes of a configuration take effect at the next start only: what config.proto marks `read_at_start`.
import { type DescField, type DescMessage, equals, getOption, hasOption } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Config, ConfigSchema, read_at_start } from '../../../gen/openk/config/v1/config_pb.ts';

/** Whether only a start reads the key. `around`: whether that holds for what the key is in. */
export function isReadAtStart(field: DescField, around: boolean): boolean {
  return hasOption(field, read_at_start) ? getOption(field, read_at_start) : around;
}

/** Keys that differ and that only a start reads, such as `storage.url`. A key that spells out its default differs from none. */
export function needsRestart(before: Config, after: Config): string[] {
  const next = reflect(ConfigSchema, after);
  return changedKeys(ConfigSchema, reflect(ConfigSchema, before), next, '', false);
}

function changedKeys(
  desc: DescMessage,
  before: ReflectMessage | undefined,
  after: ReflectMessage | undefined,
  prefix: string,
  around: boolean,
): string[] {
  return desc.fields.flatMap((field) => {
    const readAtStart = isReadAtStart(field, around);
    const key = `${prefix}${field.name}`;
    // Single messages are gone into; whatever else is there, such as components, is one value.
    if (field.fieldKind === 'message') {
      const inner = (message: ReflectMessage | undefined) =>
        message?.isSet(field) ? (message.get(field) as ReflectMessage) : undefined;
      const hasKeys = field.message.typeName.startsWith('openk.');
      if (hasKeys) return changedKeys(field.message, inner(before), inner(after), `${key}.`, readAtStart);
    }
    return !readAtStart || isSame(desc, field, before, after) ? [] : [key];
  });
}

/** Whether the field says the same in both. */
function isSame(
  desc: DescMessage,
  field: DescField,
  before: ReflectMessage | undefined,
  after: ReflectMessage | undefined,
): boolean {
  const [a, b] = [before, after].map((message) => {
    const only = reflect(desc);
    if (message?.isSet(field)) only.set(field, message.get(field));
    return only.message;
  });
  return equals(desc, a!, b!);
}
