// Whom credentials show that took work to look at, so that it is done once for each: by a hash, never the credential itself,
// and no more of them than there is room for. What is forgotten is looked at again.
import type { CredentialFault, Identity } from './principal.ts';

export interface Remembered {
  /** Whom a credential shows, or that it has expired since; undefined where it is not known. @param digest of the credential */
  known(digest: string): Identity | undefined;
  /** @param look never rejects, and is called once for all who ask meanwhile; somebody whom it finds is remembered */
  find(digest: string, look: () => Promise<Identity>): Promise<Identity>;
}

const EXPIRED: { readonly ok: false; readonly fault: CredentialFault } = { ok: false, fault: 'expired' };

/** @param max how many */
export function createRemembered(max = 10_000): Remembered {
  const identities = new Map<string, Extract<Identity, { ok: true }>>();
  const pending = new Map<string, Promise<Identity>>();

  const remember = (digest: string, identity: Identity) => {
    pending.delete(digest);
    if (!identity.ok) return;
    const [oldest] = identities.keys();
    if (identities.size >= max && oldest !== undefined) identities.delete(oldest);
    identities.set(digest, identity);
  };

  return {
    known(digest) {
      const identity = identities.get(digest);
      if (identity?.principal.lifetime?.isOver() !== true) return identity;
      identities.delete(digest);
      return EXPIRED;
    },
    find(digest, look) {
      let finding = pending.get(digest);
      if (finding === undefined) {
        finding = look().then((identity) => {
          remember(digest, identity);
          return identity;
        });
        pending.set(digest, finding);
      }
      return finding;
    },
  };
}
