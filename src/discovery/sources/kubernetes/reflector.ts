// All objects of one kind, kept up to date: listed once, then watched from there on (kubernetes.io/docs/reference/using-api/api-concepts). A watch
// that ends is opened again where it ended; one whose place the server has forgotten (410) begins with a list again. What cannot
// be read keeps what is known.

import type { Clock } from '../../../core/clock.ts';
import { parseForeignJson } from '../../../core/foreign-json.ts';
import { pause } from '../../../core/pause.ts';
import { retryDelayMs } from '../../../core/retry-delay.ts';
import { AskFault, type HttpReader, shown } from '../../http.ts';
import type { Access } from './access.ts';

/** An object as the API has it, as far as anybody looks at it. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

export interface ReflectorOptions<Kept> {
  readonly clock: Clock;
  readonly http: HttpReader;
  readonly access: Access;
  readonly random: () => number;
  /** Path of the collection, such as `/api/v1/services`. */
  readonly path: string;
  readonly selector: string;
  /** What is kept of an object. */
  readonly keep: (object: KubernetesObject) => Kept;
  readonly onChange: () => void;
}

export interface Reflector<Kept> {
  /** By namespace and name. Undefined: it was never listed. */
  readonly objects: ReadonlyMap<string, Kept> | undefined;
  /** Why it is not known now what there is. */
  readonly fault: string | undefined;
  close(): Promise<void>;
}

const PAGE = 500;
const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const WATCH_S = 290;
/** A watch says nothing for as long as nothing happens; a connection that is dead says nothing either. */
const WATCH_GRACE_MS = 30_000;
const RETRY = { firstMs: 1000, maxMs: 30_000, spread: 0.5 };

/** The server has forgotten what came after our place. */
class Gone extends Error {}

export function createReflector<Kept>(options: ReflectorOptions<Kept>): Reflector<Kept> {
  const { clock, http, access, random, path, selector, keep, onChange } = options;
  let objects: Map<string, Kept> | undefined;
  let fault: string | undefined;
  const closing = new AbortController();
  const { signal } = closing;

  const askedFor = async (query: Readonly<Record<string, string>>) => {
    const { url: base, ...how } = await access();
    const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
    for (const [key, value] of Object.entries({ ...query, ...(selector && { labelSelector: selector }) })) {
      url.searchParams.set(key, value);
    }
    return { ...how, url };
  };

  /** @returns the place to watch from */
  const list = async (): Promise<string> => {
    const next = new Map<string, Kept>();
    let from = '';
    let version = '';
    do {
      const asked = await askedFor({ limit: String(PAGE), ...(from && { continue: from }) });
      const { body } = await http
        .read(asked, { timeoutMs: LIST_TIMEOUT_MS, maxBytes: MAX_PAGE_BYTES }, signal)
        .catch((error: unknown) => {
          if (error instanceof AskFault && error.status === 410) throw new Gone();
          throw error;
        });
      const page = readJson(body.toString('utf8')) as {
        readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
        readonly kind?: string;
        readonly items?: readonly unknown[] | null;
      };
      // What is empty is null where a server in Go has nothing to make a list of.
      const items = page.items ?? (page.kind?.endsWith('List') ? [] : undefined);
      if (!Array.isArray(items)) throw new AskFault(`${asked.url.host} answered no list`);
      for (const item of items) if (isObject(item)) next.set(keyOf(item), keep(item));
      version = page.metadata?.resourceVersion ?? '';
      from = page.metadata?.continue ?? '';
    } while (from !== '');
    objects = next;
    return version;
  };

  /** Until it ends. @returns the place where it did */
  const watch = async (place: string, onOpen: () => void): Promise<string> => {
    const seconds = Math.round(WATCH_S * (1 + 0.1 * random()));
    const asked = await askedFor({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: place,
      timeoutSeconds: String(seconds),
    });
    const timeout = new AbortController();
    const cancel = clock.after(seconds * 1000 + WATCH_GRACE_MS, () =>
      timeout.abort(new AskFault('the watch did not end')),
    );
    let version = place;
    let isOpen = false;
    try {
      const { status, body } = await http.open(asked, AbortSignal.any([signal, timeout.signal]));
      if (status === 410) throw new Gone();
      if (status !== 200) throw new AskFault(`${asked.url.host} answered ${status}`, status);
      isOpen = true;
      onOpen();
      for await (const line of linesOf(body)) {
        const { type, object } = readJson(line) as { readonly type?: string; readonly object?: unknown };
        if (type === 'ERROR') {
          const { code, message } = object as { readonly code?: number; readonly message?: string };
          if (code === 410) throw new Gone();
          throw new AskFault(`the watch failed: ${shown(String(message))}`, code ?? 500);
        }
        if (!isObject(object)) {
          // A bookmark has nothing but a place.
          if (type === 'BOOKMARK') version = placeOf(object) ?? version;
          continue;
        }
        version = object.metadata.resourceVersion ?? version;
        if (type === 'ADDED' || type === 'MODIFIED') objects!.set(keyOf(object), keep(object));
        else if (type === 'DELETED') objects!.delete(keyOf(object));
        else continue;
        onChange();
      }
    } catch (error) {
      signal.throwIfAborted();
      // A connection that ends is no word about what there is: the next one says whether anybody is there.
      if (isOpen && error instanceof AskFault && error.status === undefined) return version;
      throw error;
    } finally {
      cancel();
    }
    return version;
  };

  const failed = (error: unknown) => {
    const status = error instanceof AskFault ? error.status : undefined;
    const why = error instanceof AskFault ? explain(error, status) : 'it cannot be read';
    if (why === fault) return;
    fault = why;
    onChange();
  };
  /** No list mends what a watch failed by: without a watch nobody knows what there is now. */
  let isWatchLost = false;
  const fine = () => {
    isWatchLost = false;
    if (fault === undefined) return;
    fault = undefined;
    onChange();
  };

  const run = async () => {
    let place: string | undefined;
    let failures = 0;
    let wasGone = false;
    while (!signal.aborted) {
      try {
        if (place === undefined) {
          place = await list();
          if (!isWatchLost) fault = undefined;
          onChange();
        }
        const startedMs = clock.monotonicMs();
        place = await watch(place, fine);
        failures = 0;
        wasGone = false;
        // A server that ends each watch at once must not be asked without a pause.
        if (clock.monotonicMs() - startedMs < RETRY.firstMs) await pause(clock, RETRY.firstMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        const isGone = error instanceof Gone;
        if (!isGone && place !== undefined) isWatchLost = true;
        // What the server will not have from here on, it may have from the start; one that has too much to do is asked for no more.
        const status = error instanceof AskFault ? error.status : undefined;
        if (isGone || (status !== undefined && status !== 429)) place = undefined;
        // A server that has forgotten can be asked, however often it could not be before.
        if (isGone && !wasGone) {
          wasGone = true;
          continue;
        }
        if (!isGone) failed(error);
        await pause(clock, retryDelayMs(failures++, RETRY, random), signal);
      }
    }
  };
  const running = run();

  return {
    get objects() {
      return objects;
    },
    get fault() {
      return fault;
    },
    close() {
      closing.abort(new Error('closed'));
      return running;
    },
  };
}

function explain(error: AskFault, status: number | undefined): string {
  if (status === 401) return 'the credentials are not taken (401)';
  if (status === 403) return 'it is forbidden (403): list and watch are needed';
  if (status === 404) return 'the cluster does not have this kind (404)';
  return error.message;
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

function isObject(value: unknown): value is KubernetesObject {
  return (
    typeof (value as KubernetesObject | undefined)?.metadata?.name === 'string' &&
    (value as KubernetesObject).metadata.name !== ''
  );
}

function placeOf(value: unknown): string | undefined {
  return (value as KubernetesObject | undefined)?.metadata?.resourceVersion;
}

function readJson(text: string): unknown {
  try {
    const value = parseForeignJson(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new AskFault('the API server answered what is no JSON, or nested too deep');
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > MAX_LINE_BYTES) throw new AskFault('the API server sends an event that is too large');
  }
}
