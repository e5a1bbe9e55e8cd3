// What somebody may do by what is claimed of him: the first role whose condition holds counts.
import { type CelInput, celMap } from '@bufbuild/cel';
import { findExpressionFault } from '../cel/expression-fault.ts';
import { toCel } from '../cel/json-value.ts';
import { compileExpression } from '../cel/program.ts';
import { parseExpression } from '../cel/syntax.ts';
import type { Variable } from '../cel/types.ts';
import type { Grant } from './principal.ts';

export interface Role extends Grant {
  /** CEL over `claims`. */
  readonly when: string;
}

/** As JSON has them. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * `missing`: a claim that decides is not in the token, which says that it is kept elsewhere. Nobody must take that for a
 * claim that is not there.
 */
export type Judgement = { readonly grant: Grant } | { readonly missing: string };

export type JudgeClaims = (claims: Claims) => Judgement;

const VARIABLES: ReadonlyMap<string, Variable> = new Map([['claims', { type: 'map' }]]);
const NOTHING: Grant = { allow: [] };

/** Why a condition cannot be used; undefined when it can. */
export function findRoleFault(when: string): string | undefined {
  return findExpressionFault(when, VARIABLES);
}

/** @throws Error for a condition that `findRoleFault` finds a fault in */
export function compileRoles(roles: readonly Role[]): JudgeClaims {
  const compiled = roles.map((grant) => ({ grant, holds: compileExpression(parseExpression(grant.when)) }));
  return (claims) => {
    const elsewhere = claimsElsewhere(claims);
    const values: Record<string, CelInput> = {
      claims: celMap(new Map(Object.entries(claims).map(([name, value]) => [name, toCel(value)]))),
    };
    for (const { grant, holds } of compiled) {
      const missing = elsewhere.find((name) => grant.when.includes(name));
      if (missing !== undefined) return { missing };
      // A claim that is not there is an error of CEL, and no condition that holds.
      if (holds(values) === true) return { grant };
    }
    return { grant: NOTHING };
  };
}

/**
 * Claims that a provider keeps back since they are too many: "distributed" ones (OpenID Connect Core, section 5.6.2), which
 * is how Microsoft Entra leaves out more than 200 groups, and its `hasgroups`.
 */
function claimsElsewhere(claims: Claims): readonly string[] {
  const { _claim_names: named, hasgroups } = claims;
  const names = typeof named === 'object' && named !== null ? Object.keys(named) : [];
  if (hasgroups === true || hasgroups === 'true') names.push('groups');
  return names.filter((name) => !Object.hasOwn(claims, name));
}
