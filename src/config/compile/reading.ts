// What the compiler has to know of how a message came about: a file has more to say than the message that is made of it.
import { isReflectList, isReflectMap, isReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Config, ConfigSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Path, PathFault } from '../fault.ts';

export interface Reading {
  /** What is wrong already; what follows from it is not said again. */
  readonly faults: readonly PathFault[];
  /** Whether there is a value at the path, if only a wrong or an empty one. */
  has(path: Path): boolean;
}

/** Of a message that was made by a program. A value that is empty is none. */
export function readingOf(config: Config): Reading {
  return {
    faults: [],
    has: (path) => path.reduce<unknown>(valueIn, reflect(ConfigSchema, config)) !== undefined,
  };
}

function valueIn(around: unknown, segment: string | number): unknown {
  if (isReflectMessage(around)) {
    const field = around.fields.find(({ name }) => name === segment);
    return field !== undefined && around.isSet(field) ? around.get(field) : undefined;
  }
  if (isReflectList(around) && typeof segment === 'number') return around.get(segment);
  return isReflectMap(around) ? around.get(segment) : undefined;
}
