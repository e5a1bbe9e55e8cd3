// What ExplainHealth answers, as a graph from left to right: from what was asked for to its root causes.

import type { Status } from '../feed/messages.ts';
import { readStatus } from './statuses.ts';

/** More than these nobody reads; the answer itself has no more than 100 paths. */
const MOST_NODES = 48;
/** Fewer are drawn each by itself. */
const FEWEST_EQUAL = 4;
export const NODE = { width: 152, height: 40, gapX: 25, gapY: 8 };

export interface GraphNode {
  readonly id: string;
  /** Components that are the same in all that is drawn of them, and stand for one: of these `id` is the first. */
  readonly ids: readonly string[];
  readonly status: Status;
  readonly message: string;
  readonly isSuppressed: boolean;
  /** Nothing leads on from here. */
  readonly isRoot: boolean;
  readonly x: number;
  readonly y: number;
}

export interface GraphEdge {
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly relation: 'member' | 'dependency';
}

export interface CauseGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly width: number;
  readonly height: number;
  /** How many components are left out. */
  readonly more: number;
}

interface StepJson {
  readonly component: string;
  readonly relation?: string;
  readonly status?: string;
  readonly reason?: { readonly code?: string; readonly message?: string };
  readonly suppressed?: boolean;
}
export interface ExplanationJson {
  readonly causes?: readonly { readonly steps?: readonly StepJson[] }[];
  readonly truncated?: boolean;
  readonly rule?: {
    readonly rule?: string;
    readonly members?: readonly MemberJson[];
    readonly notCounted?: readonly MemberJson[];
  };
}
export interface MemberJson {
  readonly component: string;
  readonly status?: string;
  readonly contributes?: string;
  readonly impact?: string;
}

interface Part {
  readonly step: StepJson;
  layer: number;
}

/** @param isWhole whether each component is a node of its own, also where many are the same in all but their names */
export function causeGraph({ causes = [] }: ExplanationJson, isWhole = false): CauseGraph {
  const parts = new Map<string, Part>();
  const relations = new Map<string, { from: string; to: string; relation: GraphEdge['relation'] }>();
  for (const { steps: path = [] } of causes) {
    for (const [place, step] of path.entries()) {
      const known = parts.get(step.component);
      // As far to the right as any path has it, so that edges go from left to right.
      if (known === undefined) parts.set(step.component, { step, layer: place });
      else known.layer = Math.max(known.layer, place);
      const before = path[place - 1]?.component;
      if (before === undefined) continue;
      const relation = step.relation === 'RELATION_DEPENDENCY' ? 'dependency' : 'member';
      relations.set(`${before} ${step.component}`, { from: before, to: step.component, relation });
    }
  }
  const groups = isWhole ? [...parts.keys()].map((id) => [id]) : groupEqual(parts, [...relations.values()]);
  const drawn = groups.slice(0, MOST_NODES);
  const layers: (readonly string[])[][] = [];
  for (const ids of drawn) {
    const { layer } = parts.get(ids[0]!)!;
    layers[layer] ??= [];
    layers[layer].push(ids);
  }
  const filled = layers.filter((layer) => layer !== undefined);
  const tallest = Math.max(0, ...filled.map((layer) => layer.length));
  const pitchX = NODE.width + NODE.gapX;
  const pitchY = NODE.height + NODE.gapY;
  const leading = new Set([...relations.values()].map(({ from }) => from));
  /** By each of its components. */
  const nodes = new Map<string, GraphNode>();
  for (const [column, layer] of filled.entries()) {
    for (const [row, ids] of layer.entries()) {
      const id = ids[0]!;
      const { step } = parts.get(id)!;
      const messages = new Set(ids.map((each) => parts.get(each)!.step.reason?.message ?? ''));
      const node = {
        id,
        ids,
        status: readStatus(step.status),
        message: (messages.size === 1 ? step.reason?.message : step.reason?.code) ?? '',
        isSuppressed: step.suppressed === true,
        isRoot: !leading.has(id),
        x: column * pitchX,
        y: row * pitchY,
      };
      for (const each of ids) nodes.set(each, node);
    }
  }
  const edges = new Map<string, GraphEdge>();
  for (const { from, to, relation } of relations.values()) {
    const [start, end] = [nodes.get(from), nodes.get(to)];
    if (start !== undefined && end !== undefined)
      edges.set(`${start.id} ${end.id}`, { from: start, to: end, relation });
  }
  return {
    nodes: [...new Set(nodes.values())],
    edges: [...edges.values()],
    width: Math.max(0, filled.length * pitchX - NODE.gapX),
    height: Math.max(0, tallest * pitchY - NODE.gapY),
    more: groups.slice(MOST_NODES).reduce((sum, { length }) => sum + length, 0),
  };
}

/** Those that many others are like: as bad, for the same reason, between the same. In the order of their first. */
function groupEqual(
  parts: ReadonlyMap<string, Part>,
  relations: readonly { readonly from: string; readonly to: string; readonly relation: string }[],
): readonly (readonly string[])[] {
  const ways = new Map([...parts.keys()].map((id) => [id, [] as string[]]));
  for (const { from, to, relation } of relations) {
    ways.get(from)!.push(`to ${to} ${relation}`);
    ways.get(to)!.push(`from ${from} ${relation}`);
  }
  const groups = new Map<string, string[]>();
  for (const [id, { step, layer }] of parts) {
    const key = [layer, step.status, step.reason?.code, step.suppressed, ...ways.get(id)!.sort()].join('\n');
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [id]);
    else known.push(id);
  }
  return [...groups.values()].flatMap((ids) => (ids.length >= FEWEST_EQUAL ? [ids] : ids.map((id) => [id])));
}
