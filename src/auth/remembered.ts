// Whom credentials show that took work to look at, so that it is done once for each: by a hash, never the credential itself,
// and no more of them than there is room for. What is forgotten is looked at again.
import type { CredentialFault, Identity } from './principal.ts';

export interface Remembered {
  /** @param digest of the credential. @param find never rejects; what it finds is remembered where it is somebody */
  identify(digest: string, find: () => Promise<Identity>): Identity | Promise<Identity>;
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
    identify(digest, find) {
      const known = identities.get(digest);
      if (known !== undefined) {
        if (known.principal.lifetime?.isOver() !== true) return known;
        identities.delete(digest);
        return EXPIRED;
      }
      let finding = pending.get(digest);
      if (finding === undefined) {
        finding = find().then((identity) => {
          remember(digest, identity);
          return identity;
        });
        pending.set(digest, finding);
      }
      return finding;
    },
  };
}
