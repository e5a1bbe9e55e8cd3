// What somebody may do, in a few words that fit every method and route (policy.ts says which of them each takes).

export const SCOPES = ['STATUS_PAGES', 'READ', 'EXPLAIN', 'REPORT', 'OPERATE', 'PROBE', 'ADMIN'] as const;

export type Scope = (typeof SCOPES)[number];

/** What each allows beside itself. */
const INCLUDES: Readonly<Record<Scope, readonly Scope[]>> = {
  STATUS_PAGES: [],
  READ: ['STATUS_PAGES'],
  EXPLAIN: ['STATUS_PAGES', 'READ'],
  REPORT: [],
  OPERATE: [],
  PROBE: [],
  ADMIN: SCOPES,
};

/** The scopes, and all that they include. */
export function scopesOf(granted: Iterable<Scope>): ReadonlySet<Scope> {
  return new Set([...granted].flatMap((scope) => [scope, ...INCLUDES[scope]]));
}
