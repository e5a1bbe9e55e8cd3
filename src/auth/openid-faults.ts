// What went wrong between OpenK and an OpenID provider. By the codes of openid-client's errors and not by their classes, so that
// it is not loaded where nobody logs in.

interface ProviderFault extends Error {
  readonly code?: string;
  readonly error?: string;
  readonly cause?: { readonly code?: string };
}

/** The token endpoint, or userinfo, answered an error (RFC 6749, section 5.2). */
const ANSWERED_ERROR = 'OAUTH_RESPONSE_BODY_ERROR';
/** The browser came back with one (RFC 6749, section 4.1.2.1). */
const CAME_BACK_WITH_ERROR = 'OAUTH_AUTHORIZATION_RESPONSE_ERROR';

/** Nothing of what was sent or answered, which may hold secrets: kinds and codes alone. */
export function describeFault(fault: unknown): string {
  const { message, code, error, cause } = fault as ProviderFault;
  return [code === ANSWERED_ERROR ? error : message, code, cause?.code]
    .filter((part) => typeof part === 'string')
    .join(', ')
    .slice(0, 300);
}

/** Whether the provider said no, and not that it cannot. */
export function isRefused(fault: unknown): 'denied' | 'stale' | undefined {
  const { code, error } = fault as ProviderFault;
  if (code === CAME_BACK_WITH_ERROR) return 'denied';
  return code === ANSWERED_ERROR && error === 'invalid_grant' ? 'stale' : undefined;
}
