// Asks with an access token, and once more with a new one where the target does not take it. It stands alone since it is all that
// an HTTP probe knows of OAuth 2.0.

import type { OAuth2 } from '../../gen/openk/config/v1/config_pb.ts';
import { abortSignalOf, type Cancellation } from '../core/cancellation.ts';
import { createRedactor, type Redactor } from '../core/redactor.ts';
import { checkClientTls } from './client-tls.ts';
import type { ProbeFault } from './faults.ts';
import type { TokenHold } from './oauth2.ts';
import type { ProbeContext } from './probe.ts';
import { CannotLook } from './reason.ts';
import type { Way } from './way.ts';

/** How a run waits for its token. That is nobody's time but the provider's: no target is late, or slow, because of it. */
export interface TokenWait {
  /** When a run that waited is given up, on the monotonic clock: before its deadline, which speaks of the target. */
  readonly untilMs: number;
  readonly onWaited: (ms: number) => void;
}

export interface BearerRun<Answer> extends TokenWait {
  readonly signal: Cancellation;
  /** Gets the value of `Authorization`, and a signal that fires no later than that of the run. */
  readonly ask: (authorization: string, signal: Cancellation) => Promise<Answer>;
  readonly isRefused: (answer: Answer) => boolean;
}

export interface Bearer {
  /** @throws CannotLook where there is no token in time, what `ask` throws, and the reason of the signal */
  with<Answer>(run: BearerRun<Answer>): Promise<Answer>;
  /** Takes the tokens out that were sent last. */
  redact(text: string): string;
  close(): void;
}

export function createBearer(
  options: OAuth2,
  way: Way,
  { clock, tokens }: Pick<ProbeContext, 'clock' | 'tokens'>,
): Bearer {
  const provider = new URL(options.tokenUrl).host;
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
    async with({ signal: whole, untilMs, onWaited, ask, isRefused }) {
      let signal = whole;
      let clearTimer: (() => void) | undefined;
      const waitFor = async (fetched: (signal: AbortSignal) => Promise<string>): Promise<string> => {
        const startedMs = clock.monotonicMs();
        const late = new AbortController();
        const tooLate = new CannotLook('TOKEN_FAILED', `${provider} gives its access token too late`);
        clearTimer?.();
        clearTimer = clock.after(Math.max(untilMs - startedMs, 0), () => late.abort(tooLate));
        const bounded = AbortSignal.any([abortSignalOf(whole), late.signal]);
        signal = bounded;
        try {
          return await fetched(bounded);
        } finally {
          onWaited(clock.monotonicMs() - startedMs);
        }
      };
      try {
        const own = await held();
        const token = own.known() ?? (await waitFor((within) => own.get(within)));
        const answer = await ask(authorization(token), signal);
        if (!isRefused(answer)) return answer;
        return await ask(authorization(await waitFor((within) => own.renew(token, within))), signal);
      } finally {
        clearTimer?.();
      }
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
