// What OpenK asks of Node itself, once, before anything else of the server runs. For the process alone: who embeds OpenK
// has a runtime of his own.
import { syncBuiltinESMExports } from 'node:module';
import tls, { type SecureContextOptions } from 'node:tls';
import { setFlagsFromString } from 'node:v8';

export function settleRuntime(): void {
  trustSystemAuthoritiesOnceWanted();
  widenThreadPool();
  allocateYoung();
  boundHeapGrowth();
}

/**
 * Node alone trusts only the authorities that it brings along; probes and people expect those of the machine too. Most that run never open
 * TLS, and to read them takes 4 MB and 75 ms of CPU time, so they are read when the first context of TLS is made: all connections have one, those
 * of `fetch` and of other people's packages too, and Node makes it by this function of its own, so that nothing can forget them.
 */
function trustSystemAuthoritiesOnceWanted(): void {
  const { createSecureContext } = tls;
  const replace = (by: typeof createSecureContext) => {
    Object.assign(tls, { createSecureContext: by });
    syncBuiltinESMExports();
  };
  replace((options?: SecureContextOptions) => {
    replace(createSecureContext);
    tls.setDefaultCACertificates([
      ...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]),
    ]);
    return createSecureContext(options);
  });
}

/**
 * Name look-ups take one of libuv's threads each and cannot be cancelled: with the usual four, a few names of a dead name
 * server would hold up everybody's. Read by libuv when the first thread is needed, which is later than this.
 */
function widenThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= '64';
}

/**
 * V8 notes which literals make objects that last, and allocates those among the old for good. A burst of calls teaches it
 * that of what Node makes for each HTTP/2 stream, which from then on keeps every closed stream until the next full
 * collection (ADR 20).
 */
function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/**
 * The heap may double before a full collection, and not grow fourfold: each header of HTTP/2 is a string outside of the heap,
 * and to let go of those of 300,000 calls at once stops the process for a quarter of a second (ADR 20).
 */
function boundHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=100');
}

/** From so many components on what lasts is most of the heap. */
const MANY_COMPONENTS = 20_000;

/**
 * With very many components the heap may grow by less: twice what they take is hundreds of megabytes, and what is collected sooner
 * lasts for hours, so that collections stay rare.
 */
export function boundHeapOf(components: number): void {
  setFlagsFromString(`--heap-growing-percent=${components < MANY_COMPONENTS ? 100 : 30}`);
}
