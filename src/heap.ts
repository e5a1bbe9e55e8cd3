// How large V8's heap may become while OpenK runs (ADR 20, 93, 94), by flags that count in a process that runs; what holds until then is in
// small-start.ts. For the process alone. V8 owes nobody these flags: where one is gone it prints a line and goes on, and a test fails.
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

export interface HeapBounds {
  /** How many components there are, once that is known and when it changes. */
  setComponents(components: number): void;
  /**
   * From now on it goes by what is collected: once OpenK listens, or earlier where a start is large.
   * @param expected how many components there may be, where that is not known yet: what is young has grown by the time that it is
   */
  follow(expected?: number): void;
}

/** As Node documents an entry of the type `gc`; its declarations do not. */
interface Collection extends PerformanceEntry {
  readonly detail: { readonly kind: number };
}

/** From so many components on what lasts is most of the heap. */
const MANY_COMPONENTS = 20_000;
/** Full collections that are further apart take next to no CPU time. */
const RARE_MS = 10_000;

export function boundHeap(): HeapBounds {
  let components = 0;
  let maxYoung = maxYoungBytes(0);
  let apartMs = 0;
  let lastFullMs = 0;
  let mayYoungGrow = true;
  const boundOld = () => setFlagsFromString(`--heap-growing-percent=${growingPercent(components, apartMs)}`);
  const boundYoung = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (young === undefined) return;
    // It doubles.
    const mayGrow = young.space_used_size + young.space_available_size <= maxYoung / 2;
    if (mayGrow !== mayYoungGrow) setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
    mayYoungGrow = mayGrow;
  };
  allocateYoung();
  boundOld();
  return {
    setComponents(count) {
      components = count;
      maxYoung = maxYoungBytes(count);
      boundOld();
    },
    follow(expected = components) {
      maxYoung = maxYoungBytes(expected);
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { startTime, detail } = entry as Collection;
          if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
          apartMs = startTime - lastFullMs;
          lastFullMs = startTime;
          boundOld();
        }
        boundYoung();
      });
      observer.observe({ entryTypes: ['gc'] });
    },
  };
}

/**
 * By how much the heap may grow before the next full collection. It may double, and not grow fourfold: each header of HTTP/2 is a string
 * outside of the heap, and to let go of those of 300,000 calls at once stops the process for a quarter of a second (ADR 20). While full collections
 * are rare it may grow by half. With very many components it may grow by less: twice what they take is hundreds of megabytes, and what is
 * collected sooner lasts for hours, so that collections stay rare.
 * @param apartMs between the last two full collections
 */
export function growingPercent(components: number, apartMs: number): number {
  if (components >= MANY_COMPONENTS) return 35;
  return apartMs > RARE_MS ? 50 : 100;
}

/**
 * Of one of the two halves of the young generation. V8 lets it grow to twice as much, and no collection costs less for that. What very many
 * components make lasts for long or not at all: of them half as much is enough, and a full collection moves less.
 */
export function maxYoungBytes(components: number): number {
  return (components >= MANY_COMPONENTS ? 8 : 16) * 2 ** 20;
}

/**
 * V8 notes which literals make objects that last, and allocates those among the old for good. A burst of calls teaches it
 * that of what Node makes for each HTTP/2 stream, which from then on keeps every closed stream until the next full
 * collection (ADR 20).
 */
function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
