// Whatever a source asks for, what is written is what OpenK takes: a component or channel in which OpenK's own check finds a fault is taken out, and
// the fault is why it could not be had.
import { configText } from './config-text.ts';
import type { Block, ConfigDraft } from './draft.ts';
import type { Imported } from './imported.ts';
import type { ReportItem } from './report.ts';

export interface ConfigFault {
  /** `components[3].http.url`; empty for what is wrong with the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What `openk config check` finds wrong with the text. */
export type CheckText = (text: string) => Promise<readonly ConfigFault[]>;

/** One component may hide the faults of another, such as its group's. */
const MAX_ROUNDS = 5;

/** The import without what cannot be served, and its text. @throws {Error} where the rest cannot be served either */
export async function settle(
  imported: Imported,
  check: CheckText,
): Promise<{ readonly imported: Imported; readonly text: string }> {
  let current = imported;
  for (let round = 0; ; round++) {
    const text = configText(current.config);
    const faults = await check(text);
    if (faults.length === 0) return { imported: current, text };
    const next = round < MAX_ROUNDS ? without(current, faults) : undefined;
    if (next === undefined) {
      const listed = faults.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
      throw new Error(`what was made cannot be served: ${listed.join('; ')}`);
    }
    current = next;
  }
}

function without(imported: Imported, faults: readonly ConfigFault[]): Imported | undefined {
  const { config } = imported;
  const components = config.blocks.filter((block) => block.kind === 'COMPONENT');
  const whys = new Map<string, string[]>();
  const channels = new Map<string, string[]>();
  for (const { path, message } of faults) {
    const [, list, index = '', key = ''] = /^(components|alerts\.channels)\[(\d+)\](?:\.(.*))?$/.exec(path) ?? [];
    const id = list === 'components' ? components[Number(index)]?.id : config.channels[Number(index)]?.id;
    if (list === undefined || id === undefined) continue;
    const into = list === 'components' ? whys : channels;
    into.set(id, [...(into.get(id) ?? []), `OpenK does not take it: ${key === '' ? '' : `${key} `}${message}`]);
  }
  if (whys.size === 0 && channels.size === 0) return undefined;
  const blocks = config.blocks.map((block): Block => {
    const why = block.kind === 'COMPONENT' ? whys.get(block.id) : undefined;
    if (block.kind === 'COMMENT' || why === undefined) return block;
    return { kind: 'COMMENT', shown: block.component, comments: [...block.comments, 'NOT IMPORTED', ...why] };
  });
  const draft: ConfigDraft = { ...config, blocks, channels: config.channels.filter(({ id }) => !channels.has(id)) };
  const items = imported.items.map((item): ReportItem => {
    const why = item.component === undefined ? undefined : whys.get(item.component);
    if (why === undefined || item.outcome === 'OFF') return item;
    const { component: _gone, ...rest } = item;
    return { ...rest, outcome: 'LOST', losses: [...item.losses, ...why] };
  });
  const lostChannels = [...channels].map(([id, losses]): ReportItem => {
    return { kind: 'channel', name: id, place: '', outcome: 'LOST', differences: [], losses };
  });
  return {
    ...imported,
    config: draft,
    items: [...items, ...lostChannels],
    judges: imported.judges.filter(({ component }) => !whys.has(component)),
  };
}
