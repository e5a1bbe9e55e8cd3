// Who may do what where the configuration does not say it.
import type { AuthenticatorSettings } from '../auth/authenticator.ts';
import type { LoadedConfig } from '../config/read-config.ts';
import { isLoopback } from '../transport/allowed-hosts.ts';

export const OPEN_TO_ALL =
  'whoever reaches the port may read everything: auth says who may do what (auth: { anonymous: { allow: [READ] } } to leave it so)';

/**
 * Where nobody has said who may do what, the machine itself may do everything, and everybody else may read.
 * @param atStart which has the address that is listened at
 */
export function toAuthenticatorSettings(
  { auth, pingTokens }: LoadedConfig,
  atStart: LoadedConfig,
): AuthenticatorSettings {
  if (auth !== undefined) return { ...auth, pingTokens, ignoresUnknown: false };
  const allow = isForThisMachine(atStart) ? (['ADMIN'] as const) : (['READ'] as const);
  return { anonymous: { allow }, keys: [], pingTokens, ignoresUnknown: true };
}

/** Whether others than this machine's own may read, and nobody has said so. */
export function isOpenToAll({ auth }: LoadedConfig, atStart: LoadedConfig): boolean {
  return auth === undefined && !isForThisMachine(atStart);
}

/** A proxy brings callers of other machines to loopback. */
function isForThisMachine({ listen, trustedProxies }: LoadedConfig): boolean {
  return isLoopback(listen.host) && trustedProxies.length === 0;
}
