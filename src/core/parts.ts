// Parts of what a probe looks at, as components: their definitions, and ids that stay the same. A part is no part of a
// configuration; its definition follows from that of the component whose probe sees it.
import type { ComponentDefinition, ProbeSubject } from './definition.ts';

/** Parts of one component that are components themselves. Those beyond count in the verdict of their owner alone. */
export const MAX_PARTS = 100;

/** The kind of a part, where others have the key of their probe. */
export const PART_KIND = 'part';

const MAX_ID = 128;

type ProbeDefinition = ComponentDefinition & { readonly subject: ProbeSubject };

export function isProbe(definition: ComponentDefinition | undefined): definition is ProbeDefinition {
  return definition?.subject.type === 'probe' && definition.part === undefined;
}

/** Labels, schedule and maintenance are those of the owner. */
export function partDefinition(owner: ProbeDefinition, id: string, name: string): ComponentDefinition {
  const { labels, servingWhenDegraded, links, maintenance, subject } = owner;
  return {
    id,
    displayName: name,
    labels,
    dependsOn: [],
    servingWhenDegraded,
    ...(links && { links }),
    ...(maintenance && { maintenance }),
    part: { owner: owner.id, name },
    subject: {
      type: 'probe',
      kind: PART_KIND,
      options: undefined,
      // Names may hold anything, so they come last.
      fingerprint: `${owner.id} ${subject.fingerprint} ${name}`,
      schedule: subject.schedule,
    },
  };
}

/** Id of the owner of a part of this identity (`part OWNER FINGERPRINT NAME`); undefined for that of anything else. */
export function ownerOfIdentity(identity: string): string | undefined {
  return /^part (\S+) /.exec(identity)?.[1];
}

/** The name of a part of this identity; undefined where it is one of another owner, or of what that was before. */
export function partNameOf(identity: string, { id, subject }: ProbeDefinition): string | undefined {
  const start = `part ${id} ${subject.fingerprint} `;
  return identity.startsWith(start) && identity.length > start.length ? identity.slice(start.length) : undefined;
}

/**
 * `OWNER.NAME`, with `.` between the levels of a name and `-` for what an id cannot have; where that is taken, or too long, with
 * a hash of the name behind it. Undefined when there is no room for it.
 */
export function partId(owner: string, name: string, isTaken: (id: string) => boolean): string | undefined {
  const slug = name
    .split('/')
    .map((level) => level.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-._]+|[-._]+$/g, ''))
    .filter((level) => level !== '')
    .join('.');
  const plain = `${owner}.${slug}`;
  if (slug !== '' && plain.length <= MAX_ID && !isTaken(plain)) return plain;
  const suffix = hashOf(name);
  const room = MAX_ID - owner.length - suffix.length - 2;
  if (room < 0) return undefined;
  const cut = slug.slice(0, room).replace(/[-._]+$/, '');
  const hashed = cut === '' ? `${owner}.${suffix}` : `${owner}.${cut}-${suffix}`;
  return hashed.length > MAX_ID || isTaken(hashed) ? undefined : hashed;
}

/** Names in the order in which they get their ids: those that are ids already come first, whatever the order of the answer. */
export function inIdOrder(names: readonly string[]): readonly string[] {
  const isPlain = (name: string) => /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)*$/.test(name);
  return [...names].sort((a, b) => Number(isPlain(b)) - Number(isPlain(a)) || (a < b ? -1 : 1));
}

/** FNV-1a over the UTF-16 units, 32 bits: it distinguishes the names of one component. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
