// The certificate of the port is read again when its files change.
import type { Logger } from 'pino';
import { watchFile } from '../config/apply/watch-file.ts';
import { checkServerTls } from '../config/compile/server-tls.ts';
import type { Clock } from '../core/clock.ts';
import { type TlsFiles, type TlsRenewal, watchTlsFiles } from '../transport/tls-files.ts';

export interface TlsRenewalOptions
  extends Pick<Parameters<typeof watchTlsFiles>[0], 'files' | 'initial' | 'onRenewed'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

export function renewTlsFiles({ files, initial, onRenewed, clock, logger }: TlsRenewalOptions): Promise<TlsRenewal> {
  return watchTlsFiles({
    files,
    initial,
    watch: (file, onChange) => watchFile(file, onChange, { clock }),
    findFaults: findTlsFaults,
    onRenewed(renewed) {
      onRenewed(renewed);
      logger.info('the certificate of the port is renewed');
    },
    onFault: (fault) =>
      logger.error({ fault }, 'the certificate of the port cannot be renewed, the one before it stays'),
  });
}

function findTlsFaults({ certFile, keyFile, clientCaFile = '' }: TlsFiles): readonly string[] {
  const faults = checkServerTls({ certFile, keyFile, clientCaFile });
  return faults.map(({ path, message }) => `tls.${path.join('.')} ${message}`);
}
