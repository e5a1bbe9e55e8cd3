// Who may begin what: the credentials of a request against what it takes (auth/policy.ts). The same for calls of the pipeline,
// for those of Connect's handlers, and for pages.
import type { DescMethod } from '@bufbuild/protobuf';
import type { Authenticate, Connection, Shown } from '../auth/authenticator.ts';
import { type Access, methodAccess, PAGES, type Page } from '../auth/policy.ts';
import { createAnonymous, type Identity } from '../auth/principal.ts';
import type { Scope } from '../auth/scope.ts';
import { isThenable } from '../calls/invoke.ts';
import type { Admission } from '../calls/protocol.ts';
import { refusal } from '../errors/to-connect.ts';
import type { LimitCalls } from '../services/call-limits.ts';
import { contextOfCaller, findScopeRefusal, nameOf } from '../services/caller.ts';
import { isLoopback } from './allowed-hosts.ts';

export interface AdmissionControl {
  /** Looks up what a method takes. @throws Error where the table does not say it */
  know(method: DescMethod): void;
  /** @param method one that is known */
  admitCall(method: DescMethod, shown: Shown): Admission | Promise<Admission>;
  admitPage(page: Page, shown: Shown): Admission | Promise<Admission>;
}

/**
 * @param allowsCleartext whether what is secret may go to other machines in cleartext
 * @param accessOf what a method takes. Default: what the table says
 * @param limit counts what is not about OpenK itself. Left out: nothing is counted
 */
export function createAdmission(
  authenticate: Authenticate,
  accessOf: (method: DescMethod) => Access = ({ parent, localName }) => methodAccess(parent.typeName, localName),
  limit?: LimitCalls,
  allowsCleartext = false,
): AdmissionControl {
  const known = new Map<DescMethod, Access>();
  const open = toAdmission('OPEN', { ok: true, principal: createAnonymous({ allow: [] }) });
  /** The same callers come again and again. */
  const admissions = new WeakMap<Identity, Map<Access, Admission>>();
  const judge = (access: Access, identity: Identity): Admission => {
    let byAccess = admissions.get(identity);
    if (byAccess === undefined) {
      byAccess = new Map();
      admissions.set(identity, byAccess);
    }
    let admission = byAccess.get(access);
    if (admission === undefined) {
      admission = toAdmission(access, identity);
      // An error is of one call.
      if (admission.refused === undefined) byAccess.set(access, admission);
    }
    return admission;
  };
  const admit = (access: Access, shown: Shown, settle = judge) => {
    if (access === 'OPEN' || access === 'PING') return open;
    const identity = authenticate(shown);
    return isThenable<Identity>(identity)
      ? identity.then((settled) => settle(access, settled))
      : settle(access, identity);
  };
  const judgeCounted = (access: Access, identity: Identity): Admission => {
    const admission = judge(access, identity);
    const refused = admission.refused ?? limit?.(undefined, nameOf(identity));
    return refused === undefined ? admission : { ...admission, refused };
  };
  /** The address comes first, so that wrong credentials are counted, too. */
  const admitCounted = (access: Access, shown: Shown) => {
    if (access === 'OPEN' || access === 'ITSELF') return admit(access, shown);
    const refused = limit?.(shown.peer, undefined);
    return refused === undefined ? admit(access, shown, judgeCounted) : { ...open, refused };
  };
  const admitOne = limit === undefined ? admit : admitCounted;

  return {
    know: (method) => void known.set(method, accessOf(method)),
    admitCall(method, shown) {
      const access = known.get(method);
      if (access === undefined) throw new Error(`nobody knows what ${method.parent.typeName}.${method.name} takes`);
      if (access === 'PROBE' && !allowsCleartext && !isConfidential(shown.socket)) {
        return { ...open, refused: refusal('CLEARTEXT_REFUSED', {}) };
      }
      return admitOne(access, shown);
    },
    admitPage: (page, shown) => admitOne(PAGES[page], shown),
  };
}

/** Whether nobody between can read what goes over it. */
function isConfidential(socket: (Connection & { readonly encrypted?: boolean }) | undefined): boolean {
  if (socket === undefined) return false;
  return socket.encrypted === true || isLoopback(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '');
}

/** What it is about decides, which is not known yet. */
function isForAll(access: Access): access is Exclude<Access, Scope> {
  return access === 'OPEN' || access === 'ITSELF' || access === 'STATUS_PAGE' || access === 'PING';
}

function toAdmission(access: Access, identity: Identity): Admission {
  const refused = isForAll(access) ? undefined : findScopeRefusal(identity, access);
  const lifetime = identity.ok ? identity.principal.lifetime : undefined;
  return {
    refused,
    contextOf: (address) => contextOfCaller(address, identity),
    ...(lifetime && {
      term: { reason: () => refusal('CREDENTIALS_EXPIRED', {}), enter: lifetime.enter, leave: lifetime.leave },
    }),
  };
}
