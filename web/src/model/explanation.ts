// What ExplainHealth answers, as a graph from left to right: from what was asked for to its root causes.

import type { Status } from '../feed/messages.ts';
import { readStatus } from './statuses.ts';

/** More than these nobody reads; the answer itself has no more than 100 paths. */
const MOST_NODES = 48;
export const NODE = { width: 152, height: 40, gapX: 25, gapY: 8 };

export interface GraphNode {
  readonly id: string;
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
  /** How many nodes are left out. */
  readonly more: number;
}

interface StepJson {
  readonly component: string;
  readonly relation?: string;
  readonly status?: string;
  readonly reason?: { readonly message?: string };
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

export function causeGraph({ causes = [] }: ExplanationJson): CauseGraph {
  const steps = new Map<string, { step: StepJson; layer: number }>();
  const relations = new Map<string, { from: string; to: string; relation: GraphEdge['relation'] }>();
  let more = 0;
  for (const { steps: path = [] } of causes) {
    for (const [place, step] of path.entries()) {
      const known = steps.get(step.component);
      if (known === undefined && steps.size >= MOST_NODES) {
        more++;
        break;
      }
      // As far to the right as any path has it, so that edges go from left to right.
      if (known === undefined) steps.set(step.component, { step, layer: place });
      else known.layer = Math.max(known.layer, place);
      const before = path[place - 1]?.component;
      if (before === undefined) continue;
      const relation = step.relation === 'RELATION_DEPENDENCY' ? 'dependency' : 'member';
      relations.set(`${before} ${step.component}`, { from: before, to: step.component, relation });
    }
  }
  const layers: string[][] = [];
  for (const [id, { layer }] of steps) {
    layers[layer] ??= [];
    layers[layer].push(id);
  }
  const filled = layers.filter((layer) => layer !== undefined);
  const tallest = Math.max(0, ...filled.map((layer) => layer.length));
  const pitchX = NODE.width + NODE.gapX;
  const pitchY = NODE.height + NODE.gapY;
  const nodes = new Map<string, GraphNode>();
  for (const [column, layer] of filled.entries()) {
    for (const [row, id] of layer.entries()) {
      const { step } = steps.get(id)!;
      nodes.set(id, {
        id,
        status: readStatus(step.status),
        message: step.reason?.message ?? '',
        isSuppressed: step.suppressed === true,
        isRoot: ![...relations.values()].some(({ from }) => from === id),
        x: column * pitchX,
        y: row * pitchY,
      });
    }
  }
  const edges = [...relations.values()].map(({ from, to, relation }) => ({
    from: nodes.get(from)!,
    to: nodes.get(to)!,
    relation,
  }));
  return {
    nodes: [...nodes.values()],
    edges,
    width: Math.max(0, filled.length * pitchX - NODE.gapX),
    height: Math.max(0, tallest * pitchY - NODE.gapY),
    more,
  };
}
