// Reads the configuration file, within bounds: a path may name anything, also something endless.
import { createReadStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { inSlices } from '../core/steps.ts';
import { packText } from './pack-text.ts';
import { type ConfigOptions, type ConfigResult, type LoadedConfig, readConfig } from './read-config.ts';

/** Largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * In slices: the event loop is never held up for long. A file that is missing or cannot be read is a fault like any other.
 * @param earlier as of `readConfig`
 * @throws the reason of the signal
 */
export async function loadConfig(
  path: string,
  options: ConfigOptions,
  signal?: AbortSignal,
  earlier?: LoadedConfig,
): Promise<ConfigResult> {
  const fail = (message: string): ConfigResult => ({ ok: false, faults: [{ file: path, path: '', message }] });
  let bytes: Buffer;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    return fail(describe(error as NodeJS.ErrnoException));
  }
  if (bytes.length > MAX_FILE_BYTES) return fail('is larger than 10 MiB: split what it watches over several OpenKs');
  let text: string;
  try {
    text = decodeText(bytes);
  } catch {
    return fail('is no UTF-8 text: save it in that encoding');
  }
  // To read bytes and to decode them are a turn of the loop where there are many.
  await setImmediate();
  const result = await inSlices(readConfig(text, path, options, earlier), {
    signal,
    nowMs: () => performance.now(),
    pause: () => setImmediate(),
  });
  return result.ok ? { ok: true, config: await withPackedEntries(result.config) } : result;
}

async function withPackedEntries(config: LoadedConfig): Promise<LoadedConfig> {
  const { entries } = config;
  if (entries === undefined || !Buffer.isBuffer(entries.bytes)) return config;
  const bytes = await packText(entries.bytes);
  return { ...config, entries: bytes && { ...entries, bytes } };
}

/** Without a byte order mark. @throws {TypeError} when the bytes are no UTF-8, or have NUL in them, as no text but UTF-16 has */
function decodeText(bytes: Uint8Array): string {
  if (bytes.includes(0)) throw new TypeError('not text');
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** One byte more than allowed at the most. */
async function readBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: MAX_FILE_BYTES })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function describe({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist: create it, or name another (for `openk serve` with --config)';
  if (code === 'EACCES') return 'cannot be read: permission denied';
  if (code === 'EISDIR') return 'is a directory, not a file';
  return `cannot be read: ${message}`;
}
