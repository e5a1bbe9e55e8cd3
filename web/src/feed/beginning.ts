// Everything, as it was when the page was asked for: by columns, which a browser reads at once. The stream goes on behind its revision.
import type { About, Health, Status } from './messages.ts';

export interface Beginning {
  readonly revision: string;
  /** Names what all components are. */
  readonly structure: string;
  readonly health: readonly Health[];
  readonly about: readonly About[];
}

/** As src/pages/dashboard/beginning.ts writes it. */
interface Columns {
  readonly revision: string;
  readonly structure: string;
  readonly ids: readonly string[];
  readonly names: Readonly<Record<number, string>>;
  readonly defined: readonly (readonly [kind: string, labels: About['labels'], parents: readonly string[]])[];
  readonly definitions: readonly number[];
  readonly said: readonly (readonly [status: Status, code: string, message: string])[];
  readonly reasons: readonly number[];
  readonly since: readonly number[];
  readonly checkedAt: readonly number[];
  readonly latencyMs: readonly number[];
  readonly more: Readonly<Record<number, Partial<Health>>>;
}

export function readBeginning(text: string): Beginning {
  const columns = JSON.parse(text) as Columns;
  const { ids, names, defined, definitions, said, reasons, since, checkedAt, latencyMs, more } = columns;
  const nothing: readonly string[] = [];
  const health = ids.map((id, place): Health => {
    const [status, reason, message] = said[reasons[place]!]!;
    return {
      id,
      status,
      since: since[place]!,
      reason,
      message,
      causedBy: nothing,
      ...(checkedAt[place]! > 0 && { checkedAt: checkedAt[place]! }),
      ...(latencyMs[place]! >= 0 && { latencyMs: latencyMs[place]! }),
      ...more[place],
    };
  });
  const about = ids.map((id, place): About => {
    const [kind, labels, parents] = defined[definitions[place]!]!;
    return { id, displayName: names[place] ?? '', kind, labels, parents };
  });
  return { revision: columns.revision, structure: columns.structure, health, about };
}
