// The status of every component as a metric, read from the hub when somebody asks. For /metrics it is written here, in slices
// between which calls are answered: 10,000 components are 50,000 lines, and the SDK collects all in one go.
import type { Meter } from '@opentelemetry/api';
import { STATUSES, type Status } from '../core/status.ts';

export interface StatusReader {
  /** Of all components. The same array until a reload. */
  ids(): readonly string[];
  health(id: string): { readonly status: Status } | undefined;
}

/** Components per slice: well below a millisecond. */
const SLICE = 250;
const DESCRIPTION = 'Whether the component has this status: 1 for the one that it has, 0 for the others.';

/** One chunk of text per slice. Ids hold no character that the format would escape. */
export function* statusText({ ids, health }: StatusReader): Generator<string> {
  const all = ids();
  yield `# HELP openk_component_status ${DESCRIPTION}\n# TYPE openk_component_status gauge\n`;
  for (let from = 0; from < all.length; from += SLICE) {
    let text = '';
    for (const id of all.slice(from, from + SLICE)) {
      const status = health(id)?.status;
      if (status === undefined) continue;
      for (const each of STATUSES) {
        text += `openk_component_status{component="${id}",status="${each}"} ${each === status ? 1 : 0}\n`;
      }
    }
    yield text;
  }
}

/** The same for OTLP. */
export function observeStatuses(meter: Meter, { ids, health }: StatusReader): void {
  meter.createObservableGauge('openk.component.status', { description: DESCRIPTION }).addCallback((result) => {
    for (const component of ids()) {
      const is = health(component)?.status;
      if (is === undefined) continue;
      for (const status of STATUSES) result.observe(status === is ? 1 : 0, { component, status });
    }
  });
}
