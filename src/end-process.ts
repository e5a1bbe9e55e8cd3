// Ends the process for good. `process.exit` waits for libuv's threads, and a thread may hang in a look-up of a name server
// that never answers, or in a write to a terminal that is stopped: then another program takes the process's place, since
// that ends all threads at once (ADR 28).

/** What errors there were may take this long to be read. */
const LAST_WORDS_MS = 500;
/** Kinds of work that libuv's threads do, as Node names them. */
const THREAD_WORK = /^(FSReq|GetAddrInfo|GetNameInfo)/;

export async function endProcess(exitCode: number): Promise<never> {
  if (process.stderr.writableLength > 0) await drained(process.stderr);
  if (process.getActiveResourcesInfo().some((name) => THREAD_WORK.test(name))) replaceProcess(exitCode);
  process.exit(exitCode);
}

/** The program is Node, which is there wherever OpenK runs: an image may have no shell. */
function replaceProcess(exitCode: number): void {
  try {
    process.execve?.(process.execPath, [process.execPath, '--eval', `process.exitCode = ${exitCode}`], {});
  } catch {
    // Not on this system: then the threads are waited for.
  }
}

function drained(output: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const overdue = setTimeout(resolve, LAST_WORDS_MS);
  for (const event of ['drain', 'error', 'close'] as const) {
    output.once(event, () => {
      clearTimeout(overdue);
      resolve();
    });
  }
  return promise;
}
