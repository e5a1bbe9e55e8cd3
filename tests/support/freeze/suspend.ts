// Two ways to stop a process that does not notice it: the signal of a shell, and the freezer that suspends containers.
import { mkdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Resolves to what lets it go on. */
export type Suspend = (pid: number) => Promise<() => Promise<void>>;

export const suspendBySignal: Suspend = async (pid) => {
  process.kill(pid, 'SIGSTOP');
  return async () => void process.kill(pid, 'SIGCONT');
};

/** As `docker pause` does: cgroup v2, or the freezer of v1. @throws where this user may make no cgroups */
export const suspendByCgroup: Suspend = async (pid) => {
  const isV1 = await stat('/sys/fs/cgroup/freezer').then(
    () => true,
    () => false,
  );
  const parent = isV1 ? '/sys/fs/cgroup/freezer' : '/sys/fs/cgroup';
  const [file, frozen, thawed] = isV1 ? ['freezer.state', 'FROZEN', 'THAWED'] : ['cgroup.freeze', '1', '0'];
  const group = join(parent, `openk-freeze-${pid}`);
  await mkdir(group);
  await writeFile(join(group, 'cgroup.procs'), String(pid));
  await writeFile(join(group, file), frozen);
  return async () => {
    await writeFile(join(group, file), thawed);
    await writeFile(join(parent, 'cgroup.procs'), String(pid));
    await rmdir(group);
  };
};
