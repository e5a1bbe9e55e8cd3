// gRPC over TLS to a collector that is named by its address. grpc-js gives Node the address as the name of the server, which
// RFC 6066 has none of and Node 26 refuses; here the certificate is verified for the address, and no name is indicated.
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { type CallCredentials, ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { Environment, Signal } from './environment.ts';

/** Undefined where the collector is named otherwise, or in cleartext. @throws when a certificate cannot be read */
export function credentialsForAddress(variables: Environment, signal: Signal): ChannelCredentials | undefined {
  const value = (name: string) =>
    variables[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`] ?? variables[`OTEL_EXPORTER_OTLP_${name}`];
  const endpoint = value('ENDPOINT') ?? '';
  const isInsecure = !endpoint.includes('://') && value('INSECURE') === 'true';
  const url = URL.parse(endpoint.includes('://') ? endpoint : `https://${endpoint}`);
  const address = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (isInsecure || url?.protocol !== 'https:' || isIP(address) === 0) return undefined;
  const read = (name: string) => {
    const file = value(name);
    return file === undefined ? undefined : readFileSync(file);
  };
  const [ca, cert, key] = [read('CERTIFICATE'), read('CLIENT_CERTIFICATE'), read('CLIENT_KEY')];
  return new AddressCredentials(address, createSecureContext({ ...(ca && { ca }), ...(cert && key && { cert, key }) }));
}

class AddressCredentials extends ChannelCredentials {
  readonly #address: string;
  readonly #secureContext: SecureContext;

  constructor(address: string, secureContext: SecureContext) {
    super();
    this.#address = address;
    this.#secureContext = secureContext;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(_target: object, _options: object, call?: CallCredentials) {
    const options = { host: this.#address, secureContext: this.#secureContext, ALPNProtocols: ['h2'] };
    const callCredentials = call ?? credentials.createEmpty();
    return {
      connect(socket: Socket): Promise<{ socket: Socket; secure: boolean }> {
        return new Promise((resolve, reject) => {
          const secured = connect({ ...options, socket });
          secured.once('secureConnect', () => resolve({ socket: secured, secure: true }));
          // Stays: an error that nobody listens to would end the process.
          secured.on('error', reject);
          secured.once('close', () => reject(new Error('closed in the TLS handshake')));
        });
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials,
      destroy() {},
    };
  }
}
