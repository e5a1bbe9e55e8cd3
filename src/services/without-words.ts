// The same health, without the words of its reasons: those name targets and what they answered. The codes stay.
import type { Explanation } from '../core/explain.ts';
import type { Health } from '../core/health.ts';
import type { Reason } from '../core/observation.ts';
import type { HealthReader } from '../engine/health-ports.ts';

export function wordless({ code }: Reason): Reason {
  return { code, message: '' };
}

/** The same for the same health, so that its message is made once. */
const wordlessHealths = new WeakMap<Health, Health>();

function wordlessHealth(health: Health): Health {
  let made = wordlessHealths.get(health);
  if (made === undefined) {
    const { reason, pending } = health;
    made = {
      ...health,
      reason: wordless(reason),
      ...(pending && { pending: { ...pending, reason: wordless(pending.reason) } }),
    };
    wordlessHealths.set(health, made);
  }
  return made;
}

export function withoutWords(reader: HealthReader): HealthReader {
  return {
    get rootId() {
      return reader.rootId;
    },
    get revision() {
      return reader.revision;
    },
    get structureRevision() {
      return reader.structureRevision;
    },
    ids: () => reader.ids(),
    redefinedSince: (ids) => reader.redefinedSince(ids),
    health(id) {
      const health = reader.health(id);
      return health && wordlessHealth(health);
    },
    definition: (id) => reader.definition(id),
    parents: (id) => reader.parents(id),
    memberIds: (id) => reader.memberIds(id),
    explain(id, shows) {
      const explanation = reader.explain(id, shows);
      return explanation && withoutReasons(explanation);
    },
    slo: (id) => reader.slo(id),
    changesSince(revision, components) {
      const changes = reader.changesSince(revision, components);
      return changes && { ...changes, changed: changes.changed.map(wordlessHealth) };
    },
    subscribe: (components, wake, atReloads) => reader.subscribe(components, wake, atReloads),
  };
}

function withoutReasons(explanation: Explanation): Explanation {
  const causes = explanation.causes.map((steps) => steps.map((step) => ({ ...step, reason: wordless(step.reason) })));
  return { ...explanation, causes };
}
