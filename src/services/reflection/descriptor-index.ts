// What server reflection knows: the files of the mounted services and all that they import, by name, by symbol and by
// extension. Knows descriptors and nothing of any protocol.
import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** A serialized google.protobuf.FileDescriptorProto, as it came from the compiler: options and extensions included. */
export type FileBytes = Uint8Array<ArrayBuffer>;

export interface DescriptorIndex {
  /** Full names of the services, sorted. */
  readonly services: readonly string[];
  /** The file of this name and everything that it imports, each behind those that import it. */
  fileByName(name: string): readonly FileBytes[] | undefined;
  /**
   * The file that declares the symbol: a service, method, message, field, oneof, enum, enum value or extension by its
   * full name, without a dot in front.
   */
  fileOfSymbol(symbol: string): readonly FileBytes[] | undefined;
  /** The file that declares the extension of this number. */
  fileOfExtension(extendee: string, number: number): readonly FileBytes[] | undefined;
  /** Numbers of all extensions of the message, ascending; undefined when there is no such message. */
  extensionNumbers(typeName: string): readonly number[] | undefined;
}

/** @param others Files that no service imports, and that callers need all the same. */
export function createDescriptorIndex(
  services: readonly DescService[],
  others: readonly DescFile[] = [],
): DescriptorIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, DescFile>>();

  const addFile = (file: DescFile) => {
    if (files.has(fileName(file))) return;
    files.set(fileName(file), file);
    for (const type of nestedTypes(file)) {
      for (const symbol of symbolsOf(type)) symbols.set(symbol, file);
      if (type.kind === 'message') messages.add(type.typeName);
      if (type.kind === 'extension') addExtension(type, file);
    }
    file.dependencies.forEach(addFile);
  };
  const addExtension = ({ extendee, number }: DescExtension, file: DescFile) => {
    const numbers = extensions.get(extendee.typeName) ?? new Map<number, DescFile>();
    extensions.set(extendee.typeName, numbers.set(number, file));
  };
  for (const { file } of services) addFile(file);
  others.forEach(addFile);

  // Made when they are asked for, since most servers never are; then kept: they are few and never change.
  const closures = new Map<DescFile, readonly FileBytes[]>();
  const closureOf = (file: DescFile | undefined): readonly FileBytes[] | undefined => {
    if (file === undefined) return undefined;
    const known = closures.get(file);
    if (known !== undefined) return known;
    const closure = withImports([file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    closures.set(file, closure);
    return closure;
  };

  return {
    services: services.map(({ typeName }) => typeName).sort(),
    fileByName: (name) => closureOf(files.get(name)),
    fileOfSymbol: (symbol) => closureOf(symbols.get(symbol)),
    fileOfExtension: (extendee, number) => closureOf(extensions.get(extendee)?.get(number)),
    extensionNumbers(typeName) {
      if (!messages.has(typeName)) return undefined;
      return [...(extensions.get(typeName)?.keys() ?? [])].sort((a, b) => a - b);
    },
  };
}

/** As imports name it; protobuf-es leaves the ending out of `name`. */
function fileName({ proto }: DescFile): string {
  return proto.name;
}

/** With all that they import, each behind those that import it. */
export function withImports(files: readonly DescFile[]): DescFile[] {
  const found = new Set<DescFile>();
  const add = (each: DescFile) => {
    if (found.has(each)) return;
    each.dependencies.forEach(add);
    found.add(each);
  };
  files.forEach(add);
  return [...found].reverse();
}

/** Everything that has a full name of its own in or at the type; values of an enum stand beside it (descriptor.proto). */
function symbolsOf(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  const own = type.typeName;
  switch (type.kind) {
    case 'message':
      return [own, ...[...type.fields, ...type.oneofs].map(({ name }) => `${own}.${name}`)];
    case 'enum': {
      const scope = own.slice(0, own.lastIndexOf('.') + 1);
      return [own, ...type.values.map(({ name }) => scope + name)];
    }
    case 'service':
      return [own, ...type.methods.map(({ name }) => `${own}.${name}`)];
    case 'extension':
      return [own];
  }
}
