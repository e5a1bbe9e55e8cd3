// The .proto files with their comments, which the descriptors in gen/ do not have: what pages are made of.
import { execFileSync } from 'node:child_process';
import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { getComments } from '@bufbuild/protoplugin';

const ROOT = `${import.meta.dirname}/../..`;

export function readImage(): FileRegistry {
  const image = execFileSync('buf', ['build', '--as-file-descriptor-set', '--output', '-'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
}

/** The comment above a declaration, in one line. @throws when there is none: every declaration of ours has one. */
export function commentOf(desc: Parameters<typeof getComments>[0]): string {
  const { leading } = getComments(desc);
  if (leading === undefined) throw new Error(`${desc} has no comment`);
  return leading.trim().replaceAll(/\s*\n\s*/g, ' ');
}
