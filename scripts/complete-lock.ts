// npm leaves out of package-lock.json the optional packages of other platforms that the registry at hand does not have,
// and `npm ci` then refuses the file (npm/cli 9846). This writes them in, as npm would have; `--check` only tells.
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  libc?: string[];
  cpu?: string[];
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

const FILE = 'package-lock.json';
const CPUS = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32'];
const SYSTEMS = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony'];

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, LockedPackage> };
const missing = new Map<string, LockedPackage>();
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (lock.packages[`${path}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`]) continue;
    missing.set(`node_modules/${name}`, describePackage(name, version, dev === true));
  }
}

if (process.argv.includes('--check')) {
  for (const path of missing.keys()) console.error(`${FILE} lacks ${path}: run node scripts/complete-lock.ts`);
  process.exitCode = missing.size > 0 ? 1 : 0;
} else {
  const packages = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
}

/** Platform packages say in their names what they are for. */
function describePackage(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.replace('armv7', 'arm').split(/[/-]/);
  const system = SYSTEMS.find((word) => words.includes(word));
  const cpu = CPUS.find((word) => words.includes(word));
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    version: version.replace(/^[\^~]/, ''),
    ...(libc !== undefined && { libc: [libc] }),
    ...(cpu !== undefined && { cpu: [cpu] }),
    ...(dev && { dev }),
    optional: true,
    ...(system !== undefined && { os: [system] }),
  };
}
