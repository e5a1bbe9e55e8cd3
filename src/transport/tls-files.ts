// The certificate, key and client authorities of the port are files that others replace while it runs, long before the old ones
// expire (certbot, cert-manager, Kubernetes' secrets). They are read again when they change: open connections stay as they
// are, new ones get what the files say now, and what cannot be used changes nothing.
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { FileWatch } from '../config/apply/watch-file.ts';
import type { TlsOptions } from './listener.ts';

/** Absolute paths. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

export interface TlsRenewal {
  /** Reads the files, also where nobody saw them change. Never rejects. */
  renew(): Promise<void>;
  /** What is wrong with the files as they are now, without secrets; undefined once they could be used. */
  fault(): string | undefined;
  /** Nothing is left open once it settles. */
  close(): Promise<void>;
}

/** @throws when a file cannot be read, or they do not fit each other */
export async function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsOptions> {
  const [cert, key, clientCa] = await Promise.all([
    readFile(certFile),
    readFile(keyFile),
    clientCaFile === undefined ? undefined : readFile(clientCaFile),
  ]);
  createSecureContext({ cert, key, ...(clientCa && { ca: clientCa }) });
  return { cert, key, ...(clientCa && { clientCa }) };
}

/** Begins to watch, and reads: what changed since they were read for the start is not missed. */
export async function watchTlsFiles(options: {
  readonly files: TlsFiles;
  /** What they said at the start. */
  readonly initial: TlsOptions;
  readonly watch: (file: string, onChange: () => void) => Promise<FileWatch>;
  /** In words for people, without anything of the files' content. */
  readonly findFaults: (files: TlsFiles) => readonly string[];
  readonly onRenewed: (tls: TlsOptions) => void;
  readonly onFault: (fault: string) => void;
}): Promise<TlsRenewal> {
  const { files, watch, findFaults, onRenewed, onFault } = options;
  let current = options.initial;
  let fault: string | undefined;
  let isClosed = false;
  let renewing = Promise.resolve();

  const readAgain = async () => {
    if (isClosed) return;
    const before = fault;
    fault = findFaults(files).join('; ') || undefined;
    try {
      const read = fault === undefined ? await readTlsFiles(files) : current;
      if (!isSame(read, current)) onRenewed(read);
      current = read;
    } catch {
      // Between the look for faults and this, or what only the listener finds wrong. What it says may quote from a key.
      fault = 'the files of tls cannot be used';
    }
    if (fault !== undefined && fault !== before) onFault(fault);
  };
  const renew = () => {
    renewing = renewing.then(readAgain);
    return renewing;
  };
  const names = [files.certFile, files.keyFile, files.clientCaFile].filter((file) => file !== undefined);
  const watches = await Promise.all(names.map((file) => watch(file, () => void renew())));
  await renew();
  return {
    renew,
    fault: () => fault,
    async close() {
      isClosed = true;
      await Promise.all([...watches.map((each) => each.close()), renewing]);
    },
  };
}

function isSame(a: TlsOptions, b: TlsOptions): boolean {
  return (['cert', 'key', 'clientCa'] as const).every((part) => String(a[part]) === String(b[part]));
}
