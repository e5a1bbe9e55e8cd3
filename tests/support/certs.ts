// Certificates for tests, made when they are first asked for: no key lies in the repository and none can run out.
// One authority signs what is to be trusted, another one what is not. Keys are ECDSA P-256, which are made in a moment.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate with its private key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What a server certificate says. */
export interface ServerCertificateOptions {
  /** DNS names. Default: `localhost`. */
  readonly names?: readonly string[];
  /** IP addresses. Default: `127.0.0.1` and `::1`. */
  readonly addresses?: readonly string[];
  /** Default: a day ago. */
  readonly notBefore?: Date;
  /** Default: in ten years. */
  readonly notAfter?: Date;
  /** The OID of an extension that nobody knows, and that whoever verifies must. */
  readonly criticalExtension?: string;
}

/** What a client certificate says. */
export interface ClientCertificateOptions {
  readonly alternativeNames?: readonly { readonly type: 'url' | 'dns' | 'email'; readonly value: string }[];
  /** Signed by `otherCa` instead. */
  readonly isUntrusted?: boolean;
  /** Default: in ten years. */
  readonly notAfter?: Date;
}

export interface Certificates {
  /** The trusted authority, PEM: for `ca` of clients, and for the client authority of a server. */
  readonly ca: string;
  /** An authority that signed none but the untrusted ones, PEM. */
  readonly otherCa: string;
  /** Valid for `localhost`, `127.0.0.1` and `::1`. */
  readonly server: Identity;
  /** As `server`, but its time ran out a day ago. */
  readonly expiredServer: Identity;
  /** Valid in time, for `wrong.example` only. */
  readonly wrongNameServer: Identity;
  /** As `server`, signed by `otherCa`. */
  readonly untrustedServer: Identity;
  /** A client certificate (CN `test-client`). */
  readonly client: Identity;
  /** A client certificate signed by `otherCa`. */
  readonly untrustedClient: Identity;
  /** Makes one more server certificate, signed by `ca`: for one that expires soon, give `notAfter`. */
  issueServer(options: ServerCertificateOptions): Promise<Identity>;
  /** Makes one more client certificate. */
  issueClient(options: ClientCertificateOptions): Promise<Identity>;
}

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Authority {
  readonly name: string;
  readonly cert: string;
  readonly privateKey: webcrypto.CryptoKey;
}

interface Leaf {
  readonly subject: string;
  readonly usage: ExtendedKeyUsage;
  readonly extensions: readonly Extension[];
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

const serialNumber = () => `01${randomBytes(15).toString('hex')}`;
const fromNow = (days: number) => new Date(Date.now() + days * DAY_MS);
const generateKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await generateKeys();
  const name = `CN=${commonName}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    serialNumber: serialNumber(),
    signingAlgorithm: ALGORITHM,
    notBefore: fromNow(-1000),
    notAfter: fromNow(3650),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { name, cert: certificate.toString('pem'), privateKey: keys.privateKey };
}

async function issue(authority: Authority, leaf: Leaf): Promise<Identity> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: leaf.subject,
    issuer: authority.name,
    serialNumber: serialNumber(),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: leaf.notBefore ?? fromNow(-1),
    notAfter: leaf.notAfter ?? fromNow(3650),
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([leaf.usage]),
      ...leaf.extensions,
    ],
  });
  return { cert: certificate.toString('pem'), key: await toPem(keys.privateKey) };
}

function issueServer(authority: Authority, options: ServerCertificateOptions = {}): Promise<Identity> {
  const names = options.names ?? ['localhost'];
  const addresses = options.addresses ?? ['127.0.0.1', '::1'];
  const alternativeNames = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return issue(authority, {
    subject: `CN=${names[0] ?? addresses[0] ?? 'test-server'}`,
    usage: ExtendedKeyUsage.serverAuth,
    extensions: [
      new SubjectAlternativeNameExtension(alternativeNames),
      ...(options.criticalExtension === undefined
        ? []
        : [new Extension(options.criticalExtension, true, Uint8Array.of(5, 0))]),
    ],
    notBefore: options.notBefore,
    notAfter: options.notAfter,
  });
}

const issueClient = (authority: Authority, { alternativeNames = [], notAfter }: ClientCertificateOptions = {}) =>
  issue(authority, {
    subject: 'CN=test-client',
    usage: ExtendedKeyUsage.clientAuth,
    extensions: alternativeNames.length === 0 ? [] : [new SubjectAlternativeNameExtension([...alternativeNames])],
    notAfter,
  });

async function generate(): Promise<Certificates> {
  const [trusted, other] = await Promise.all([createAuthority('OpenK Test CA'), createAuthority('Another Test CA')]);
  const [server, expiredServer, wrongNameServer, untrustedServer, client, untrustedClient] = await Promise.all([
    issueServer(trusted),
    issueServer(trusted, { notBefore: fromNow(-30), notAfter: fromNow(-1) }),
    issueServer(trusted, { names: ['wrong.example'], addresses: [] }),
    issueServer(other),
    issueClient(trusted),
    issueClient(other),
  ]);
  return {
    ca: trusted.cert,
    otherCa: other.cert,
    server,
    expiredServer,
    wrongNameServer,
    untrustedServer,
    client,
    untrustedClient,
    issueServer: (options) => issueServer(trusted, options),
    issueClient: (options) => issueClient(options.isUntrusted === true ? other : trusted, options),
  };
}

let generated: Promise<Certificates> | undefined;

/** The same set for all tests of a process. Takes some ten milliseconds the first time. */
export function createCertificates(): Promise<Certificates> {
  generated ??= generate();
  return generated;
}
