// Files that a configuration names: relative ones are relative to its own folder, wherever OpenK was started.
import { isAbsolute, resolve } from 'node:path';
import { type DescField, type DescMessage, isFieldSet, type Message, type MessageShape } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Config, ConfigSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Steps } from '../../core/steps.ts';

/** By its name a field says that it holds the path of a file, or several. */
const FILE_FIELD = /_file$|^files$/;

/** Messages in which a file may be named, and their fields that may name one or hold such a message. */
const NAMING = namingMessages(ConfigSchema, new Map());

/** Makes the paths in every such field absolute, in place. */
export function resolveFiles(config: Config, folder: string): Steps<void> {
  return resolveFilesOf(ConfigSchema, config, folder);
}

export function resolveFilesOf<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  folder: string,
): Steps<void> {
  return resolveIn(reflect(schema, message), folder);
}

/** Whether a file is named in the message. */
export function namesFile(desc: DescMessage, message: Message): boolean {
  // Of very many, most say nothing of what could name one.
  const mayName = NAMING.get(desc)?.some((field) => isFieldSet(message, field)) ?? false;
  return mayName && namesFileIn(reflect(desc, message));
}

function namesFileIn(message: ReflectMessage): boolean {
  return (NAMING.get(message.desc) ?? []).some((field) => {
    if (!message.isSet(field)) return false;
    if (field.fieldKind === 'message') return namesFileIn(message.get(field));
    if (field.fieldKind !== 'list' || field.listKind !== 'message') return true;
    return Array.from(message.get(field)).some((item) => namesFileIn(item as ReflectMessage));
  });
}

function* resolveIn(message: ReflectMessage, folder: string): Steps<void> {
  for (const field of NAMING.get(message.desc) ?? []) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === 'message') {
      yield* resolveIn(message.get(field), folder);
    } else if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of message.get(field)) {
        yield;
        yield* resolveIn(item as ReflectMessage, folder);
      }
    } else if (field.fieldKind === 'list' && FILE_FIELD.test(field.name)) {
      const paths = message.get(field);
      for (const [index, path] of [...paths].entries()) paths.set(index, resolve(folder, String(path)));
    } else if (field.fieldKind === 'scalar' && FILE_FIELD.test(field.name)) {
      const path = String(message.get(field));
      if (!isAbsolute(path)) message.set(field, resolve(folder, path));
    }
  }
}

/** A message that contains itself would need another look, and there is none. */
function namingMessages(
  desc: DescMessage,
  naming: Map<DescMessage, readonly DescField[]>,
): ReadonlyMap<DescMessage, readonly DescField[]> {
  for (const { message } of desc.fields) if (message !== undefined) namingMessages(message, naming);
  const fields = desc.fields.filter(({ name, message }) =>
    message === undefined ? FILE_FIELD.test(name) : naming.has(message),
  );
  if (fields.length > 0) naming.set(desc, fields);
  return naming;
}
