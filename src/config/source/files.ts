// Files that a configuration names: relative ones are relative to its own folder, wherever OpenK was started.
import { isAbsolute, resolve } from 'node:path';
import type { DescMessage } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Config, ConfigSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Steps } from '../../core/steps.ts';

/** By its name a field says that it holds the path of a file, or several. */
const FILE_FIELD = /_file$|^files$/;

/** Messages in which a file may be named. */
const NAMING = namingMessages(ConfigSchema, new Set());

/** Makes the paths in every such field absolute, in place. */
export function resolveFiles(config: Config, folder: string): Steps<void> {
  return resolveIn(reflect(ConfigSchema, config), folder);
}

function* resolveIn(message: ReflectMessage, folder: string): Steps<void> {
  for (const field of message.fields) {
    if (field.message !== undefined && !NAMING.has(field.message)) continue;
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
function namingMessages(desc: DescMessage, naming: Set<DescMessage>): ReadonlySet<DescMessage> {
  for (const { name, message } of desc.fields) {
    if (message !== undefined) namingMessages(message, naming);
    if (FILE_FIELD.test(name) || (message !== undefined && naming.has(message))) naming.add(desc);
  }
  return naming;
}
