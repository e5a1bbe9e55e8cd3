// What OpenK asks of Node itself, once, before anything else of the server runs. For the process alone: who embeds OpenK
// has a runtime of his own.
import { syncBuiltinESMExports } from 'node:module';
import tls, { type SecureContextOptions } from 'node:tls';

export function settleRuntime(): void {
  trustSystemAuthoritiesOnceWanted();
  widenThreadPool();
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
