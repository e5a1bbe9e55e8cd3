// Who probes what: this instance itself, and workers that have come by a stream. Each component has one worker of its place at a
// time, by rendezvous hash, under an assignment that has a name; what is seen under any other name counts for nothing. So whatever
// is late, repeated or of a worker that was taken for dead, a component is counted from one place at a time (ADR 72).
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition } from '../core/definition.ts';
import type { Reason } from '../core/observation.ts';
import { chooseByHash } from '../core/rendezvous.ts';
import { PLACE_CUT_OFF } from './component-state.ts';
import { isProbed, type ProbedDefinition } from './prober.ts';
import { createWorkerLeases } from './worker-leases.ts';
import { createWorkerLink, type WorkerStream } from './worker-link.ts';
import type { Assignment, WorkerHello, WorkerStats, Workers, WorkersListener, WorkersPort } from './worker-ports.ts';

export interface WorkersOptions {
  readonly clock: Clock;
  readonly self: { readonly id: string; readonly place?: string | undefined };
  /** Makes the names of assignments others than those of every other instance. */
  readonly nonce: string;
  readonly listener?: WorkersListener;
}

/** How long workers have to come after the start. */
export const START_GRACE_MS = 15_000;
const MAX_WORKERS = 1_000;

interface Worker {
  hello: WorkerHello;
  /** Undefined once it is gone, or while its stream is. */
  link: WorkerStream | undefined;
  isGone: boolean;
  sequence: number;
  components: number;
  counted: number;
  refused: number;
  lost: number;
  lagMs: number | undefined;
  skewMs: number | undefined;
}

/** This instance itself. */
const SELF = Symbol('self');

interface Job {
  definition: ProbedDefinition;
  /** Who has it, or had it last where nobody else can take it. */
  worker: Worker | typeof SELF | undefined;
  /** Name of its assignment. */
  assignment: string;
  publishedIntervalMs: number;
  /** Monotonic milliseconds of the last observation that counted. */
  seenMs: number;
  isCutOff: boolean;
}

export function createWorkers({ clock, self, nonce, listener = {} }: WorkersOptions): Workers {
  /** What others probe or could: there may be very much that this instance alone can. */
  const jobs = new Map<string, Job>();
  let defined: readonly ComponentDefinition[] = [];
  /** Of them those of this place. */
  let definedHere = 0;
  let isShared = false;
  /** Those that are not gone, by id. */
  const living = new Map<string, Worker>();
  let port: WorkersPort | undefined;
  let revision = 0;
  let assignments = 0;
  /** Whether workers may still be on their way. */
  let isGrace = true;
  let stopGrace = () => {};

  /** Undefined: where this instance is. */
  const poolOf = (place: string | undefined) => (place === self.place ? undefined : place);

  const candidates = ({ definition }: Job): string[] => {
    const pool = poolOf(definition.place);
    const ids: string[] = [];
    for (const [id, { hello }] of living) {
      if (poolOf(hello.place) === pool && hello.takes(definition)) ids.push(id);
    }
    if (pool === undefined) ids.push(self.id);
    return ids;
  };

  /** Gives each to whom it belongs now. @returns whether what this instance itself probes is another */
  const settle = (some: Iterable<Job>): boolean => {
    let isOwnChanged = false;
    const lost = new Map<string, { readonly reason: Reason; readonly ids: string[] }>();
    revision += 1;
    for (const job of some) {
      const { id } = job.definition;
      const chosen = chooseByHash(id, candidates(job));
      const worker = chosen === undefined ? undefined : (living.get(chosen) ?? SELF);
      if (worker === undefined) {
        // One that is there and may not any more. What is gone may come back, with what it has seen meanwhile.
        if (job.worker !== undefined && job.worker !== SELF && !job.worker.isGone) {
          const before = job.worker;
          job.worker = undefined;
          release(before, id);
        }
        if (job.isCutOff || isGrace) continue;
        job.isCutOff = true;
        const reason = cutOffReason(job.definition, living.values());
        const same = lost.get(reason.message) ?? { reason, ids: [] };
        same.ids.push(id);
        lost.set(reason.message, same);
        continue;
      }
      job.isCutOff = false;
      if (worker === job.worker) continue;
      isOwnChanged ||= worker === SELF || job.worker === SELF;
      const before = job.worker;
      assign(job, worker);
      release(before, id);
    }
    for (const { reason, ids } of lost.values()) port?.unseen(ids, reason);
    return isOwnChanged;
  };

  /** Once the job is no longer its own: who is woken may ask at once. */
  const release = (worker: Job['worker'], id: string) => {
    if (worker === undefined || worker === SELF) return;
    worker.components -= 1;
    worker.link?.notify(id, 'removed');
  };

  const assign = (job: Job, worker: Worker | typeof SELF) => {
    assignments += 1;
    job.worker = worker;
    job.assignment = `${nonce}-${assignments.toString(36)}`;
    job.seenMs = Number.NEGATIVE_INFINITY;
    if (worker === SELF) return;
    worker.components += 1;
    worker.link?.notify(job.definition.id, 'assigned');
  };

  const settlePool = (place: string | undefined) => {
    const pool = poolOf(place);
    if (pool === undefined) share();
    const some = [...jobs.values()].filter(({ definition }) => poolOf(definition.place) === pool);
    const isOwnChanged = settle(some);
    if (pool === undefined) unshare();
    if (isOwnChanged) port?.onOwnChanged();
  };

  const leave = (worker: Worker, why: 'silent' | 'left' | 'replaced') => {
    const { id, place } = worker.hello;
    living.delete(id);
    worker.isGone = true;
    listener.onGone?.(statsOf(worker), why);
    if (why === 'replaced') worker.link?.end();
    if (why !== 'replaced') settlePool(place);
    leases.end(worker);
  };
  const leases = createWorkerLeases<Worker>(clock, (worker) => leave(worker, 'silent'));

  const assignmentOf = (job: Job): Assignment => {
    job.publishedIntervalMs = port?.intervalMs(job.definition) ?? job.definition.subject.schedule.intervalMs;
    const freshUntilMs = port?.freshUntilMs(job.definition.id) ?? Number.NEGATIVE_INFINITY;
    return {
      id: job.assignment,
      definition: job.definition,
      intervalMs: job.publishedIntervalMs,
      freshForMs: Math.max(0, freshUntilMs - clock.monotonicMs()),
    };
  };

  const linkOf = (worker: Worker): WorkerStream => {
    const ownJob = (id: string) => {
      const job = jobs.get(id);
      return job?.worker === worker ? job : undefined;
    };
    const link = createWorkerLink({
      id: worker.hello.id,
      assigned: {
        revision: () => revision,
        all: () => [...jobs.values()].filter((job) => job.worker === worker).map(assignmentOf),
        assignment(id) {
          const job = ownJob(id);
          return job && assignmentOf(job);
        },
        intervalMs: (id) => ownJob(id)?.publishedIntervalMs,
      },
      onClosed() {
        if (worker.link !== link) return;
        worker.link = undefined;
        leases.unlinked(worker);
      },
    });
    return link;
  };

  /** It is asked for again as soon as it was looked at: by then it may have become slower or faster. */
  const publishPace = (job: Job, worker: Worker) => {
    const intervalMs = port!.intervalMs(job.definition);
    if (intervalMs === job.publishedIntervalMs) return;
    job.publishedIntervalMs = intervalMs;
    worker.link?.notify(job.definition.id, 'pace');
  };

  /** One that has come back, with what nobody else has taken over meanwhile; else a new one. */
  const findOrCreate = (hello: WorkerHello): Worker => {
    for (const { worker } of jobs.values()) {
      if (worker === undefined || worker === SELF || !isSameWorker(worker.hello, hello)) continue;
      return worker;
    }
    return {
      hello,
      link: undefined,
      isGone: false,
      sequence: 0,
      components: 0,
      counted: 0,
      refused: 0,
      lost: 0,
      lagMs: undefined,
      skewMs: undefined,
    };
  };

  const isHere = ({ place }: ProbedDefinition) => poolOf(place) === undefined;
  const isOwn = (id: string) => {
    const worker = jobs.get(id)?.worker;
    return worker === undefined ? !jobs.has(id) : worker === SELF;
  };
  const own = () => defined.filter(isProbed).filter((definition) => isHere(definition) && isOwn(definition.id));

  /** What is new is its own until somebody else has it. */
  const track = (definition: ProbedDefinition) => {
    jobs.set(definition.id, {
      definition,
      worker: isHere(definition) ? SELF : undefined,
      assignment: '',
      publishedIntervalMs: 0,
      seenMs: Number.NEGATIVE_INFINITY,
      isCutOff: false,
    });
  };

  /** Whether somebody else is here, who shares the work. */
  const share = () => {
    isShared = [...living.values()].some(({ hello }) => poolOf(hello.place) === undefined);
    for (const definition of isShared ? defined : []) {
      if (isProbed(definition) && isHere(definition) && !jobs.has(definition.id)) track(definition);
    }
  };

  /** What is its own again needs no job where nobody else is here. */
  const unshare = () => {
    if (isShared) return;
    for (const [id, { worker }] of jobs) if (worker === SELF) jobs.delete(id);
  };

  return {
    attach(decider) {
      port = decider;
    },
    define(definitions) {
      defined = definitions;
      definedHere = 0;
      const next = new Map<string, ProbedDefinition>();
      for (let index = 0; index < definitions.length; index++) {
        const definition = definitions[index]!;
        if (!isProbed(definition)) continue;
        if (isHere(definition)) definedHere += 1;
        if (isShared || !isHere(definition)) next.set(definition.id, definition);
      }
      for (const [id, job] of jobs) {
        const definition = next.get(id);
        if (definition === undefined || !isSameTarget(job.definition, definition)) {
          jobs.delete(id);
          release(job.worker, id);
        } else if (job.definition !== definition) {
          job.definition = definition;
          if (job.worker !== SELF) job.worker?.link?.notify(id, 'assigned');
        }
      }
      for (const [id, definition] of next) if (!jobs.has(id)) track(definition);
      settle(jobs.values());
      return isShared;
    },
    own,
    mayBeOwn: (definition) =>
      isHere(definition) && (isOwn(definition.id) || !isHere(jobs.get(definition.id)!.definition)),
    isOwn,
    start() {
      // The timer decides: it may come a moment before the clock says so, and comes once.
      stopGrace = clock.after(START_GRACE_MS, () => {
        isGrace = false;
        settle(jobs.values());
      });
    },
    join(hello) {
      const known = living.get(hello.id);
      const isSame = known !== undefined && isSameWorker(known.hello, hello);
      // Another credential may be that of the same one by now, where nobody is there any more.
      if (hello.id === self.id || (known?.link !== undefined && known.hello.principal !== hello.principal)) {
        return { ok: false, why: 'id-taken' };
      }
      if (known === undefined && living.size >= MAX_WORKERS) return { ok: false, why: 'too-many' };
      if (known !== undefined && !isSame) leave(known, 'replaced');
      const worker = isSame ? known : findOrCreate(hello);
      worker.link?.end();
      const link = linkOf(worker);
      Object.assign(worker, { hello, link, isGone: false });
      living.set(hello.id, worker);
      settlePool(hello.place);
      if (!isSame) listener.onJoined?.(statsOf(worker));
      leases.begin(worker);
      return { ok: true, link };
    },
    take({ id, incarnation, principal, sequence, seen, lost, skewMs, isLast }) {
      const worker = living.get(id);
      if (port === undefined || worker === undefined || !isSameWorker(worker.hello, { id, incarnation, principal })) {
        return { ok: false };
      }
      const nowMs = clock.monotonicMs();
      let counted = 0;
      let refused = 0;
      if (sequence > worker.sequence) {
        worker.sequence = sequence;
        for (const { component, assignment, observation, ageMs } of seen) {
          const job = jobs.get(component);
          if (job === undefined || job.worker !== worker || job.assignment !== assignment) {
            refused += 1;
            continue;
          }
          counted += 1;
          // What comes later was seen later, whatever its clock says.
          job.seenMs = Math.min(nowMs, Math.max(job.seenMs, nowMs - ageMs));
          worker.lagMs = nowMs - job.seenMs;
          const isElsewhere = poolOf(job.definition.place) !== undefined;
          port.observe(component, observation, job.seenMs, isElsewhere);
          listener.onProbeRun?.({ id: component, kind: job.definition.subject.kind, observation });
          publishPace(job, worker);
        }
      }
      worker.counted += counted;
      worker.refused += refused;
      worker.lost = lost;
      worker.skewMs = skewMs;
      if (isLast) leave(worker, 'left');
      else leases.heard(worker);
      return { ok: true, counted, refused };
    },
    stats: () => Array.from(living.values(), statsOf),
    ownCount() {
      let count = definedHere;
      for (const { hello, components } of living.values()) if (poolOf(hello.place) === undefined) count -= components;
      return count;
    },
    cutOff() {
      const counts = new Map<string, number>();
      for (const { isCutOff, definition } of jobs.values()) {
        if (isCutOff) counts.set(definition.place!, (counts.get(definition.place!) ?? 0) + 1);
      }
      return counts;
    },
    close() {
      stopGrace();
      leases.close();
    },
  };
}

function cutOffReason({ place, subject }: ProbedDefinition, living: Iterable<Worker>): Reason {
  for (const { hello } of living) {
    if (hello.place !== place) continue;
    const message = `no agent of place ${place} can or may probe it (${subject.kind})`;
    return { code: PLACE_CUT_OFF, message };
  }
  return { code: PLACE_CUT_OFF, message: `no agent of place ${place} is connected` };
}

function isSameWorker(a: Pick<WorkerHello, 'id' | 'incarnation' | 'principal'>, b: typeof a): boolean {
  return a.id === b.id && a.incarnation === b.incarnation && a.principal === b.principal;
}

/** Whether what was seen of one holds for the other. */
function isSameTarget(a: ProbedDefinition, b: ProbedDefinition): boolean {
  return a.place === b.place && a.subject.kind === b.subject.kind && a.subject.fingerprint === b.subject.fingerprint;
}

function statsOf({ hello, components, counted, refused, lost, lagMs, skewMs }: Worker): WorkerStats {
  const { id, kind, place, version } = hello;
  return { id, kind, place, version, components, counted, refused, lost, lagMs, skewMs };
}
