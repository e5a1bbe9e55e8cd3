// The two addresses that flags and environment variables may give instead of the file: where to listen, where to store.
// The rules are those of config.proto, so that a flag takes exactly what the file takes.
import { create } from '@bufbuild/protobuf';
import { ConfigSchema, StorageSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { RuleCheck } from './validate.ts';

export interface ListenAddress {
  /** A name or an IP address without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What is wrong with an address to listen on, or undefined. An empty one is taken as not given. */
export async function checkListen(text: string, check: RuleCheck): Promise<string | undefined> {
  const [fault] = await check(ConfigSchema, create(ConfigSchema, { listen: text }));
  return fault?.message;
}

/** What is wrong with a storage URL, or undefined. An empty one is taken as not given. */
export async function checkStorageUrl(text: string, check: RuleCheck): Promise<string | undefined> {
  const [fault] = await check(StorageSchema, create(StorageSchema, { url: text }));
  return fault?.message;
}

/** Of a text that is not empty and in which `checkListen` finds nothing wrong. */
export function parseListen(text: string): ListenAddress {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}
