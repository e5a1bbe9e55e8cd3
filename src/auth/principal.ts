// Who calls: what every kind of credential comes to, and all that the rest of OpenK knows of it.

import type { Selection } from '../core/selection.ts';
import type { Lifetime } from './lifetime.ts';
import { type Scope, scopesOf } from './scope.ts';

export interface Principal {
  /** For people and the audit log, by kind of credential: `anonymous`, `key:ci`, `jwt:alice`, `mtls:spiffe://acme/backup`. */
  readonly name: string;
  /** Whether it showed no credential. */
  readonly isAnonymous: boolean;
  readonly scopes: ReadonlySet<Scope>;
  /** Components that exist for it; undefined: all. */
  readonly selection: Selection | undefined;
  /** Of its credential; undefined: there is none that could end. */
  readonly lifetime: Lifetime | undefined;
}

/** What is granted to somebody, as configured. */
export interface Grant {
  readonly allow: readonly Scope[];
  /** Undefined: all components. */
  readonly selection?: Selection | undefined;
}

/** Whether the same is granted. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  const scopes = scopesOf(b.allow);
  return scopesOf(a.allow).symmetricDifference(scopes).size === 0 && a.selection?.key === b.selection?.key;
}

const MAX_NAME_CHARS = 160;

/** @param name whatever somebody else may have chosen: it becomes part of log lines and messages */
export function createPrincipal(name: string, { allow, selection }: Grant, lifetime?: Lifetime): Principal {
  const shown = name.slice(0, MAX_NAME_CHARS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return { name: shown, isAnonymous: false, scopes: scopesOf(allow), selection, lifetime };
}

export function createAnonymous(grant: Grant, lifetime?: Lifetime): Principal {
  return { ...createPrincipal('anonymous', grant, lifetime), isAnonymous: true };
}

/** What secrets of instances begin with. */
export const INSTANCE_SECRET = 'openk-instance-';
const INSTANCE_NAME = 'instance:';

/** Of the principal that another instance is. */
export function instanceName(id: string): string {
  return `${INSTANCE_NAME}${id}`;
}

/** Whether it is another instance on the same database: no other kind of credential gives such a name. */
export function isInstance({ name }: Principal): boolean {
  return name.startsWith(INSTANCE_NAME);
}

/** Why a credential is not good, for whoever sent it: never which part of it is wrong. */
export type CredentialFault =
  /** It is none that is known here. */
  | 'invalid'
  | 'expired'
  /** Whether it is good cannot be found out at present. */
  | 'unverifiable';

/** Whom the credentials of a request show, or what is wrong with them. */
export type Identity =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly fault: CredentialFault };
