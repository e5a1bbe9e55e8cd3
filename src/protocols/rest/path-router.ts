// Which binding a request is for, by HTTP method and path: a trie over segments, a literal before `*` before `**`. It
// is our own since Fastify's router has no variables over several segments and no custom verbs.
import type { PathTemplate } from './path-template.ts';

export interface PathMatch<T> {
  readonly kind: 'found';
  readonly route: T;
  /** Of the path, as they were sent (escaped), without the verb. */
  readonly segments: readonly string[];
}

export type PathMiss =
  /** There is such a path, for these HTTP methods only. */
  { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] } | { readonly kind: 'not-found' };

export type PathResult<T> = PathMatch<T> | PathMiss;

export interface PathRouter<T> {
  /** @returns the route that already has the same method and path; nothing is added then. */
  add(httpMethod: string, template: PathTemplate, route: T): T | undefined;
  /** @param path Begins with `/`; no query. */
  find(httpMethod: string, path: string): PathResult<T>;
  /** Whether its first segment is the literal beginning of some route, so that nobody else answers for it. */
  owns(path: string): boolean;
  /** First segments of all routes; an empty one for routes that begin with a wildcard. */
  firstSegments(): readonly string[];
}

/** In place of an HTTP method: all of them (google.api.http, custom kind `*`). */
export const ANY_METHOD = '*';

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  any: Node<T> | undefined;
  rest: Node<T> | undefined;
  /** Verb → HTTP method → route, for paths that end here. */
  readonly ends: Map<string, Map<string, T>>;
}

const createNode = <T>(): Node<T> => ({ literals: new Map(), any: undefined, rest: undefined, ends: new Map() });

export function createPathRouter<T>(): PathRouter<T> {
  const root = createNode<T>();

  return {
    add(httpMethod, { segments, verb }, route) {
      let node = root;
      for (const segment of segments) {
        if (segment.kind === 'literal') {
          const next = node.literals.get(segment.value) ?? createNode<T>();
          node.literals.set(segment.value, next);
          node = next;
        } else {
          node[segment.kind] ??= createNode<T>();
          node = node[segment.kind]!;
        }
      }
      const byMethod = node.ends.get(verb) ?? new Map<string, T>();
      const present = byMethod.get(httpMethod);
      if (present !== undefined) return present;
      byMethod.set(httpMethod, route);
      node.ends.set(verb, byMethod);
      return undefined;
    },

    find(httpMethod, path) {
      const segments = path.slice(1).split('/');
      const last = segments.at(-1)!;
      const colon = last.lastIndexOf(':');
      const verb = colon === -1 ? '' : unescaped(last.slice(colon + 1));
      if (verb !== '') {
        const withoutVerb = segments.with(-1, last.slice(0, colon));
        const result = search(root, { httpMethod, verb, segments: withoutVerb });
        if (result.kind !== 'not-found') return result;
      }
      // A colon that begins no verb is part of the last segment, as in `urn:isbn:1`.
      return search(root, { httpMethod, verb: '', segments });
    },

    firstSegments() {
      const startsWild = root.any !== undefined || root.rest !== undefined;
      return [...root.literals.keys(), ...(startsWild ? [''] : [])];
    },

    owns(path) {
      const slash = path.indexOf('/', 1);
      return root.literals.has(unescaped(path.slice(1, slash === -1 ? undefined : slash)));
    },
  };
}

interface Wanted {
  readonly httpMethod: string;
  readonly verb: string;
  readonly segments: readonly string[];
}

function search<T>(root: Node<T>, wanted: Wanted): PathResult<T> {
  const { segments } = wanted;
  const route = findRoute(root, 0, wanted);
  if (route !== undefined) return { kind: 'found', route, segments };
  // Asked once it is known that there is none, so that requests that are served pay nothing for it.
  const allowed = new Set<string>();
  collectMethods(root, 0, wanted, allowed);
  if (allowed.size === 0) return { kind: 'not-found' };
  if (allowed.has('GET')) allowed.add('HEAD');
  return { kind: 'method-not-allowed', allowed: [...allowed].sort() };
}

/** Visits each node once at the most: the depth of a node is the place in the path. */
function findRoute<T>(node: Node<T>, depth: number, wanted: Wanted): T | undefined {
  const { segments } = wanted;
  if (depth < segments.length) {
    const segment = segments[depth]!;
    const literal = node.literals.get(unescaped(segment));
    const found =
      (literal && findRoute(literal, depth + 1, wanted)) ??
      (node.any && segment !== '' ? findRoute(node.any, depth + 1, wanted) : undefined);
    if (found !== undefined) return found;
  } else {
    const found = routeAt(node, wanted);
    if (found !== undefined) return found;
  }
  return node.rest && routeAt(node.rest, wanted);
}

function routeAt<T>({ ends }: Node<T>, { httpMethod, verb }: Wanted): T | undefined {
  const byMethod = ends.get(verb);
  if (byMethod === undefined) return undefined;
  const route = byMethod.get(httpMethod) ?? byMethod.get(ANY_METHOD);
  return route === undefined && httpMethod === 'HEAD' ? byMethod.get('GET') : route;
}

/** Of all routes that the path leads to. */
function collectMethods<T>(node: Node<T>, depth: number, wanted: Wanted, methods: Set<string>): void {
  const { segments, verb } = wanted;
  const ends = [node.rest, depth === segments.length ? node : undefined];
  for (const end of ends) {
    for (const method of end?.ends.get(verb)?.keys() ?? []) methods.add(method);
  }
  const segment = segments[depth];
  if (segment === undefined) return;
  const literal = node.literals.get(unescaped(segment));
  if (literal !== undefined) collectMethods(literal, depth + 1, wanted, methods);
  if (node.any !== undefined && segment !== '') collectMethods(node.any, depth + 1, wanted, methods);
}

/** What cannot be unescaped equals no literal. */
function unescaped(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
