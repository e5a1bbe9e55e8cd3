// Looks host names up for every kind of probe: the hosts file, then the name servers of resolv.conf by c-ares. It stands
// alone because of what getaddrinfo does to a prober: it takes a thread for as long as a name server is silent and cannot
// be stopped, so that a few dead names take every other name with them (ADR 25). Here each name has its own question, which
// ends when nobody waits for it any more.

import { Resolver } from 'node:dns/promises';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { devNull } from 'node:os';

export interface Address {
  /** Without brackets; with its zone where it has one. */
  readonly address: string;
  readonly family: 4 | 6;
}

export interface LookupListener {
  /** Called once for each family that has addresses; `complete` when nothing more will come. */
  onAddresses(addresses: readonly Address[], complete: boolean): void;
  /** Nothing more will come, and nothing came. */
  onFailure(error: Error): void;
}

export interface Lookup {
  /** The addresses of what need not be asked for: IP addresses, names in the hosts file, localhost. */
  known(host: string): readonly Address[] | undefined;
  /** Asks the name servers. Whoever asks for the same name meanwhile shares the question. The result stops listening. */
  ask(host: string, listener: LookupListener): () => void;
  /** Ends all questions, whose listeners are not called any more. */
  close(): void;
}

export interface LookupOptions {
  /** Default: one that asks the name servers of the system. */
  readonly createResolver?: () => Resolver;
  readonly hostsFile?: string;
  readonly resolvConf?: string;
}

/** A name that has no addresses, or of which nothing can be learned. */
export class LookupFailed extends Error {
  override readonly name = 'LookupFailed';
  readonly code:
    | 'LOOKUP_NOT_FOUND'
    | 'LOOKUP_FAILED'
    | 'LOOKUP_SILENT'
    | 'LOOKUP_UNREACHABLE'
    | 'LOOKUP_NO_IPV4'
    | 'LOOKUP_NO_IPV6';
  constructor(code: LookupFailed['code'], cause?: unknown) {
    super('the host name could not be looked up', { cause });
    this.code = code;
  }
}

/** How long one try waits; datagrams get lost, so there is more than one. Each later one waits twice as long. */
export const TRY_TIMEOUT_MS = 1000;
export const TRIES = 4;
/** Resolvers that wait for the next question: to make one takes longer than to ask. */
const MAX_IDLE_RESOLVERS = 64;

/** RFC 6761, section 6.3: never asked for, whatever the name servers say. */
const LOCALHOST = /(^|\.)localhost\.?$/i;
const LOOPBACK: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Opens nothing before the first question. */
export function createLookup(options: LookupOptions = {}): Lookup {
  const {
    createResolver = () => new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES }),
    hostsFile = '/etc/hosts',
    resolvConf = '/etc/resolv.conf',
  } = options;
  const readHosts = fileReader(hostsFile, parseHosts);
  const idle: Resolver[] = [];
  const readSearch = fileReader(resolvConf, (text) => {
    // Those at hand know the name servers from before.
    idle.length = 0;
    return parseResolvConf(text);
  });
  const questions = new Map<string, Question>();
  const open = new Set<Question>();

  return {
    known(host) {
      const family = isIP(host.replace(/%.*$/, ''));
      if (family === 4 || family === 6) return [{ address: host, family }];
      const fromFile = readHosts().get(withoutDot(host).toLowerCase());
      return fromFile ?? (LOCALHOST.test(host) ? LOOPBACK : undefined);
    },
    ask(host, listener) {
      const key = host.toLowerCase();
      let question = questions.get(key);
      if (question === undefined) {
        const candidates = searchOrder(key, readSearch());
        const resolver = idle.pop() ?? createResolver();
        question = createQuestion(candidates, resolver, {
          // Who asks after that wants an answer of his own time.
          onAnswered: () => forget(key, question),
          onEnd: () => {
            forget(key, question);
            open.delete(question!);
            if (idle.length < MAX_IDLE_RESOLVERS) idle.push(resolver);
          },
        });
        questions.set(key, question);
        open.add(question);
      }
      return question.listen(listener);
    },
    close() {
      for (const question of [...open]) question.stop();
    },
  };

  function forget(key: string, question: Question | undefined) {
    if (questions.get(key) === question) questions.delete(key);
  }
}

interface Question {
  listen(listener: LookupListener): () => void;
  stop(): void;
}

interface QuestionEvents {
  readonly onAnswered: () => void;
  readonly onEnd: () => void;
}

/** Asks for both families at once, under one name after another until one of them has addresses. */
function createQuestion(names: readonly string[], resolver: Resolver, { onAnswered, onEnd }: QuestionEvents): Question {
  const listeners = new Set<LookupListener>();
  let ended = false;

  const end = () => {
    if (ended) return;
    ended = true;
    listeners.clear();
    onEnd();
  };
  const found = (addresses: readonly Address[], complete: boolean) => {
    if (ended) return;
    onAnswered();
    const heard = [...listeners];
    if (complete) end();
    for (const listener of heard) listener.onAddresses(addresses, complete);
  };
  const failed = (error: Error) => {
    if (ended) return;
    const heard = [...listeners];
    end();
    for (const listener of heard) listener.onFailure(error);
  };

  /** Resolves with what is wrong when this name has no addresses; they are handed over as they come. */
  const askFor = async (name: string): Promise<readonly unknown[]> => {
    let answers = 0;
    let any = false;
    const take = async (asked: Promise<string[]>, family: 4 | 6): Promise<unknown> => {
      try {
        const addresses = (await asked).map((address) => ({ address, family }));
        answers++;
        if (addresses.length > 0) {
          any = true;
          found(addresses, answers === 2);
        }
        return undefined;
      } catch (error) {
        answers++;
        return error;
      }
    };
    const errors = await Promise.all([take(resolver.resolve6(name), 6), take(resolver.resolve4(name), 4)]);
    if (!any) return errors.map((error) => error ?? { code: 'ENODATA' });
    // The other family has none, or nothing was learned of it: what there is has to do.
    found([], true);
    return [];
  };
  const run = async () => {
    const errors: unknown[] = [];
    for (const name of names) {
      const wrong = await askFor(name);
      if (ended || wrong.length === 0) return;
      errors.push(...wrong);
      // A silent name server is not asked again under another name.
      if (wrong.some((error) => codeOf(error) === 'ETIMEOUT')) break;
    }
    failed(failureOf(errors));
  };
  run().catch((error: Error) => failed(error));

  return {
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    stop,
  };

  function stop() {
    if (ended) return;
    resolver.cancel();
    end();
  }
}

/** What to say of the errors of all names that were tried: a name server that fails is no proof that there is no name. */
function failureOf(errors: readonly unknown[]): Error {
  const codes = errors.map(codeOf);
  const cause = errors[0];
  if (codes.includes('ETIMEOUT')) return new LookupFailed('LOOKUP_SILENT', cause);
  // So c-ares also says that it could open no socket.
  if (codes.includes('ECONNREFUSED')) return descriptorFault() ?? new LookupFailed('LOOKUP_UNREACHABLE', cause);
  const absent = codes.every((code) => ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(code));
  return new LookupFailed(absent ? 'LOOKUP_NOT_FOUND' : 'LOOKUP_FAILED', cause);
}

/** The error of a process that may open nothing more; undefined when it may. */
function descriptorFault(): Error | undefined {
  try {
    closeSync(openSync(devNull, 'r'));
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

/** Reads a file anew when it has changed; what cannot be read is empty. */
function fileReader<Parsed>(path: string, parse: (text: string) => Parsed): () => Parsed {
  let version: string | undefined;
  let parsed = parse('');
  return () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    const now = stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
    if (now === version) return parsed;
    version = now;
    parsed = parse(readText(path));
    return parsed;
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** hosts(5): an address and its names in each line; a name may stand in more than one. */
function parseHosts(text: string): ReadonlyMap<string, readonly Address[]> {
  const hosts = new Map<string, Address[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    const family = isIP(address.replace(/%.*$/, ''));
    if (family !== 4 && family !== 6) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = hosts.get(key) ?? [];
      if (!known.some((other) => other.address === address)) hosts.set(key, [...known, { address, family }]);
    }
  }
  return hosts;
}

interface Search {
  readonly domains: readonly string[];
  /** Dots in a name from which it is first asked for as it is. */
  readonly ndots: number;
}

/** resolv.conf(5): `search` or `domain`, the last of them, and `options ndots:N`. */
function parseResolvConf(text: string): Search {
  let domains: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search' || keyword === 'domain') domains = values.map(withoutDot).filter((name) => name !== '');
    if (keyword !== 'options') continue;
    for (const value of values) {
      const [, dots] = /^ndots:(\d+)$/.exec(value) ?? [];
      if (dots !== undefined) ndots = Math.min(Number(dots), 15);
    }
  }
  return { domains, ndots };
}

/** The names to ask for, in the order of resolver(3). A name that ends in a dot is whole. */
function searchOrder(host: string, { domains, ndots }: Search): readonly string[] {
  if (host.endsWith('.')) return [withoutDot(host)];
  const searched = domains.map((domain) => `${host}.${domain}`);
  return host.split('.').length - 1 >= ndots ? [host, ...searched] : [...searched, host];
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
