// Who calls: the address, and whom the credentials show. The edge puts both where every protocol carries
// them, and the services read them there.
import { type ConnectError, type ContextKey, type ContextValues, createContextKey } from '@connectrpc/connect';
import { type CredentialFault, createPrincipal, type Identity, type Principal } from '../auth/principal.ts';
import type { Scope } from '../auth/scope.ts';
import { refusal } from '../errors/to-connect.ts';

/** Of calls that come from within the process, past every edge. */
const WITHIN: Identity = { ok: true, principal: createPrincipal('openk', { allow: ['ADMIN'] }) };

const ADDRESS = createContextKey('', { description: 'address of the caller' });
const IDENTITY = createContextKey(WITHIN, { description: 'whom the credentials of the call show' });

/** @param address undefined once the connection is gone */
export function contextOfCaller(address: string | undefined, identity: Identity): ContextValues {
  return new Values().set(ADDRESS, address ?? '').set(IDENTITY, identity);
}

/** As Connect's own, but that all share the methods: three functions for each call, and for as long as a stream is open. */
class Values implements ContextValues {
  readonly [key: symbol]: unknown;

  get<T>({ id, defaultValue }: ContextKey<T>): T {
    return id in this ? (this[id] as T) : defaultValue;
  }

  set<T>({ id }: ContextKey<T>, value: T): this {
    (this as Record<symbol, unknown>)[id] = value;
    return this;
  }

  delete({ id }: ContextKey<unknown>): this {
    delete (this as Record<symbol, unknown>)[id];
    return this;
  }
}

/** Whose call it is. @throws ConnectError where its credentials show nobody, or somebody who may not do this */
export function principalOf(values: Pick<ContextValues, 'get'>, scope: Scope): Principal {
  const identity = values.get(IDENTITY);
  const refused = findScopeRefusal(identity, scope);
  if (refused !== undefined) throw refused;
  return (identity as Identity & { readonly ok: true }).principal;
}

/** Whose request it is, where its credentials show somebody who may do this. */
export function findPrincipal(values: Pick<ContextValues, 'get'>, scope: Scope): Principal | undefined {
  const identity = values.get(IDENTITY);
  return identity.ok && identity.principal.scopes.has(scope) ? identity.principal : undefined;
}

const FAULT_REFUSALS: Readonly<Record<CredentialFault, () => ConnectError>> = {
  invalid: () => refusal('CREDENTIALS_INVALID', {}),
  expired: () => refusal('CREDENTIALS_EXPIRED', {}),
  unverifiable: () => refusal('CREDENTIALS_UNVERIFIABLE', {}),
};

/** Why somebody may not do something; undefined where he may. */
export function findScopeRefusal(identity: Identity, scope: Scope): ConnectError | undefined {
  if (!identity.ok) return faultRefusal(identity);
  const { scopes, isAnonymous, name } = identity.principal;
  if (scopes.has(scope)) return undefined;
  return isAnonymous ? refusal('CREDENTIALS_MISSING', { scope }) : refusal('SCOPE_MISSING', { scope, principal: name });
}

/** What is wrong with the credentials of a request, where they show nobody. */
export function findCredentialRefusal(values: Pick<ContextValues, 'get'>): ConnectError | undefined {
  return faultRefusal(values.get(IDENTITY));
}

function faultRefusal(identity: Identity): ConnectError | undefined {
  return identity.ok ? undefined : FAULT_REFUSALS[identity.fault]();
}

/** Name of whoever has shown a credential. */
export function findPrincipalName(values: Pick<ContextValues, 'get'>): string | undefined {
  return nameOf(values.get(IDENTITY));
}

export function nameOf(identity: Identity): string | undefined {
  return identity.ok && !identity.principal.isAnonymous ? identity.principal.name : undefined;
}

/** Empty where there is no connection. */
export function addressOf(values: Pick<ContextValues, 'get'>): string {
  return values.get(ADDRESS);
}

/** Equal for calls of one client. */
export function clientOf(values: Pick<ContextValues, 'get'>): string {
  return clientKey(addressOf(values));
}

/** An IPv4 address, or the /64 of an IPv6 one, of which every host has a whole network. */
export function clientKey(address: string): string {
  if (!address.includes(':')) return address;
  const embedded = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  return embedded ?? networkOf(address);
}

/** RFC 4291, section 2.2: `::` stands for as many zeros as there is room for. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('%', 1)[0]!.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
