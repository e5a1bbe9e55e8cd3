// Asks with an access token, and once more with a new one where the target does not take it. It stands alone since it is all that
// an HTTP probe knows of OAuth 2.0.

import type { OAuth2 } from '../../gen/openk/config/v1/config_pb.ts';
import { createRedactor, type Redactor } from '../core/redactor.ts';
import { checkClientTls } from './client-tls.ts';
import type { ProbeFault } from './faults.ts';
import type { TokenHold } from './oauth2.ts';
import type { ProbeContext } from './probe.ts';
import type { Way } from './way.ts';

export interface Bearer {
  /**
   * `ask` gets the value of `Authorization`, and says whether it was refused.
   * @throws CannotLook where there is no token, what `ask` throws, and the reason of the signal
   */
  with<Answer>(
    ask: (authorization: string) => Promise<Answer>,
    isRefused: (answer: Answer) => boolean,
    signal: AbortSignal,
  ): Promise<Answer>;
  /** Takes the tokens out that were sent last. */
  redact(text: string): string;
  close(): void;
}

export function createBearer(options: OAuth2, way: Way, { tokens }: Pick<ProbeContext, 'tokens'>): Bearer {
  let hold: TokenHold | undefined;
  let closed = false;
  let sent: { readonly token: string; readonly redactor: Redactor } | undefined;
  const authorization = (token: string) => {
    if (sent?.token !== token) sent = { token, redactor: createRedactor([token]) };
    return `Bearer ${token}`;
  };
  const held = async (): Promise<TokenHold> => {
    const shared = await tokens();
    // Nobody would release what is taken after the end.
    if (closed) throw new Error('the probe is closed');
    hold ??= shared.hold(options, way);
    return hold;
  };
  return {
    async with(ask, isRefused, signal) {
      const own = await held();
      const token = await own.get(signal);
      const answer = await ask(authorization(token));
      if (!isRefused(answer)) return answer;
      return ask(authorization(await own.renew(token, signal)));
    },
    redact: (text) => sent?.redactor.redact(text) ?? text,
    close() {
      closed = true;
      hold?.release();
    },
  };
}

export function checkOAuth2(options: OAuth2 | undefined, path: ProbeFault['path']): readonly ProbeFault[] {
  if (options === undefined) return [];
  const faults: ProbeFault[] = [];
  const { tokenUrl, scopes, tls } = options;
  const url = URL.parse(tokenUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.hash !== '')
    faults.push({ path: [...path, 'token_url'], message: 'must be an http:// or https:// URL without credentials' });
  for (const [index, scope] of scopes.entries()) {
    // RFC 6749, section 3.3.
    if (!/^[!#-[\]-~]+$/.test(scope))
      faults.push({ path: [...path, 'scopes', index], message: 'must be one scope, without blanks and quotes' });
  }
  return [...faults, ...checkClientTls(tls, [...path, 'tls'])];
}
