// Files that a configuration names: relative ones are relative to its own folder, wherever OpenK was started.
import { isAbsolute, resolve } from 'node:path';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/** By this suffix of its name a field says that it holds the path of a file. */
const FILE_FIELD = /_file$/;

/** Makes the paths in every field whose name ends in `_file` absolute, in place. */
export function resolveFiles<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  folder: string,
): void {
  resolveIn(reflect(schema, message), folder);
}

function resolveIn(message: ReflectMessage, folder: string): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === 'message') {
      resolveIn(message.get(field), folder);
    } else if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of message.get(field)) resolveIn(item as ReflectMessage, folder);
    } else if (field.fieldKind === 'scalar' && FILE_FIELD.test(field.name)) {
      const path = String(message.get(field));
      if (!isAbsolute(path)) message.set(field, resolve(folder, path));
    }
  }
}
