// When the certificates that targets showed expire. It stands alone since a certificate is known from the run that saw it until
// another is seen: a run that fails before its handshake must not hide that a certificate is about to expire, or has.
import type { ShownDefinition } from './component-columns.ts';

export interface Certificates {
  /** @param expiresMs of the certificate that a run saw; undefined where it saw none */
  see(id: string, definition: ShownDefinition | undefined, expiresMs: number | undefined): void;
  /** Epoch milliseconds; undefined where none was seen by the probe of this definition. */
  expiresMs(id: string, definition: ShownDefinition): number | undefined;
  /** @param isThere whether there still is a component of this id */
  forgetOthers(isThere: (id: string) => boolean): void;
}

export function createCertificates(): Certificates {
  const seen = new Map<string, { readonly probe: string | undefined; readonly expiresMs: number }>();
  return {
    see(id, definition, expiresMs) {
      if (expiresMs !== undefined && definition !== undefined) seen.set(id, { probe: probeOf(definition), expiresMs });
    },
    expiresMs(id, definition) {
      const last = seen.get(id);
      return last?.probe === probeOf(definition) ? last?.expiresMs : undefined;
    },
    forgetOthers(isThere) {
      for (const id of seen.keys()) if (!isThere(id)) seen.delete(id);
    },
  };
}

/** What is looked at, and how. */
function probeOf({ subject }: ShownDefinition): string | undefined {
  return subject.type === 'probe' ? subject.fingerprint : undefined;
}
