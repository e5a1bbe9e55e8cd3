// `npm run discovery:churn -- [seconds] [targets] [changes per second] [kubernetes]`: a list of targets that changes all the time, and an OpenK that
// follows it. Ends with 1 when a target that stayed changed its status or was not looked at, or when something is left that is not named. With
// `kubernetes` the list is that of a real kube-apiserver, which KUBE_APISERVER and ETCD name: its connections are cut, and it is started anew, so that
// what it knew of before is gone (410). Ends with 2 where they name none.
import { type ChurnedList, runChurn } from '../tests/support/churn.ts';
import { startApiServer } from '../tests/support/kubernetes/api-server.ts';
import { createChurnedServices } from '../tests/support/kubernetes/churned-services.ts';
import { startCountingProxy } from '../tests/support/kubernetes/counting-proxy.ts';
import { spawnOpenk } from '../tests/support/spawned-openk.ts';

const [seconds = 120, targets = 5000, changesPerSecond = 50] = process.argv.slice(2, 5).map(Number);
const intervalMs = 30_000;
/** A kube-apiserver sends a bookmark each minute, and before a watch ends. */
const BOOKMARK_S = 70;
/** Longest that OpenK waits before it tries again, and a moment. */
const RETRY_MS = 50_000;
/** Of INGRESS, SERVICE and ENDPOINT_SLICE. */
const WATCHES = 3;

interface Cluster {
  readonly list: ChurnedList;
  onSecond(second: number): Promise<void>;
  /** Waits until everything is watched again, if it is. */
  settle(): Promise<void>;
  /** What it has to say in the end, and what is wrong. */
  report(): { readonly text: string; readonly faults: readonly string[] };
  close(): Promise<void>;
}

async function startCluster(): Promise<Cluster> {
  const { KUBE_APISERVER = '', ETCD = '' } = process.env;
  if (KUBE_APISERVER === '' || ETCD === '') {
    console.error(`KUBE_APISERVER and ETCD name no programs. etcd is etcd-server of Debian, or of
  https://github.com/etcd-io/etcd/releases; kube-apiserver is at https://kubernetes.io/releases/download/`);
    process.exit(2);
  }
  const server = await startApiServer(KUBE_APISERVER, ETCD);
  const proxy = await startCountingProxy(server.port);
  const list = createChurnedServices(server, proxy.url);
  const [cutAt, restartAt] = [Math.ceil(seconds / 3), Math.ceil((seconds * 2) / 3)];
  return {
    list,
    async onSecond(second) {
      if (second === cutAt) {
        proxy.cut();
        proxy.mend();
      }
      // What changes meanwhile is what the new one has no memory of.
      if (second === restartAt) proxy.cut();
      if (second !== restartAt + 1) return;
      await list.settled();
      await server.restart();
      proxy.mend();
    },
    async settle() {
      for (const untilMs = performance.now() + RETRY_MS; proxy.openWatches < WATCHES && performance.now() < untilMs; )
        await new Promise((resolve) => setTimeout(resolve, 100));
    },
    report() {
      const { counts, openWatches } = proxy;
      const { lists, watches, events, bookmarks, gone } = counts;
      return {
        text: `the kube-apiserver: ${lists} pages of lists, ${watches} watches, ${events} events, ${bookmarks} bookmarks, ${gone} times 410, ${openWatches} watches open in the end`,
        faults: [
          ...(gone === 0 ? ['nothing of before was gone (410)'] : []),
          ...(bookmarks === 0 && seconds >= 3 * BOOKMARK_S ? ['there was no bookmark'] : []),
          ...(openWatches === WATCHES ? [] : [`${WATCHES} watches had to be open`]),
        ],
      };
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

const cluster = process.argv[5] === 'kubernetes' ? await startCluster() : undefined;
let seen: ReturnType<Cluster['report']> | undefined;
try {
  const report = await runChurn({
    seconds,
    targets,
    changesPerSecond,
    intervalMs,
    ...(cluster && { list: cluster.list }),
    async start(config) {
      const openk = await spawnOpenk(config);
      const close = async () => {
        await cluster?.settle();
        seen = cluster?.report();
        return openk.dispose();
      };
      return { address: openk.address, log: openk.log, close };
    },
    async onSecond(second, { address }) {
      await cluster?.onSecond(second);
      if (second % 10 !== 0) return;
      const text = await (await fetch(new URL('/metrics', address))).text();
      const read = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1]);
      const mb = read('process_memory_usage_bytes') / 1024 / 1024;
      const [p99, most] = ['p99', 'max'].map((one) => Math.round(read(`nodejs_eventloop_delay_${one}_seconds`) * 1000));
      console.log(`${second} s: ${Math.round(mb)} MB; event loop late by ${p99} ms (p99), ${most} ms (most)`);
    },
  });
  const { changes, probes, flaps, longestGapMs, neglected, left, named } = report;
  const isLeft = left.join() !== named.join();
  console.log(
    `${targets} targets, ${changes} changes in ${seconds} s, ${probes} probes: ${flaps.length} flaps, ${neglected} neglected, ` +
      `longest time between two looks ${(longestGapMs / 1000).toFixed(1)} s of ${intervalMs / 1000} s; ${left.length} components for ${named.length} that are named`,
  );
  if (seen !== undefined) console.log(seen.text);
  const wrong = [...left.filter((id) => !named.includes(id)), ...named.filter((id) => !left.includes(id))];
  for (const fault of [...flaps.slice(0, 10), ...wrong.slice(0, 10), ...(seen?.faults ?? [])]) console.error(fault);
  process.exitCode = flaps.length > 0 || neglected > 0 || isLeft || (seen?.faults.length ?? 0) > 0 ? 1 : 0;
} finally {
  await cluster?.close();
}
