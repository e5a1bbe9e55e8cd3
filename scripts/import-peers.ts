// `npm run import:peers`: what Gatus, blackbox_exporter and Uptime Kuma have in their own repositories, each imported with a report. GATUS_SOURCE,
// BLACKBOX_SOURCE and UPTIME_KUMA_SOURCE name checkouts of theirs. Ends with 1 where a piece is lost without a word, a secret gets out, or OpenK refuses
// what was made; with 2 where no checkout is named.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blackboxSources } from '../tests/support/peers/blackbox.ts';
import { gatusConditions, gatusSources } from '../tests/support/peers/gatus.ts';
import { type Extent, importSource, type PeerImport, type PeerSource } from '../tests/support/peers/import-source.ts';
import { importMigrated } from '../tests/support/peers/kuma.ts';
import { makeMigratedDatabase } from '../tests/support/peers/kuma-database.ts';

const work = await mkdtemp(join(tmpdir(), 'openk-peers-'));
const faults: string[] = [];
let ran = 0;

const WORDS: Readonly<Record<Extent, string>> = {
  EXACT: 'exactly',
  DIFFERENT: 'with a difference',
  IN_PART: 'without a part',
  NOTHING: 'not at all',
  REFUSED: 'refused',
};

function said(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([words, count]) => `${count} ${words}`).join(', ');
}

function counted<T extends string>(
  values: readonly T[],
  words: Readonly<Record<T, string>>,
): ReadonlyMap<string, number> {
  const names = Object.keys(words) as T[];
  return new Map(names.map((name) => [words[name], values.filter((value) => value === name).length]));
}

function show(program: string, imports: readonly PeerImport[]): void {
  const items = imports.flatMap(({ report }) => report?.items ?? []);
  const pieces = items.map(({ outcome, losses }) => (outcome === 'DIFFERENT' && losses.length > 0 ? 'PART' : outcome));
  const outcomes = {
    EXACT: 'exactly',
    DIFFERENT: 'with a difference',
    PART: 'without a part',
    LOST: 'not at all',
    OFF: 'switched off',
  };
  console.log(
    `${program}: ${imports.length} files: ${said(
      counted(
        imports.map(({ extent }) => extent),
        WORDS,
      ),
    )}`,
  );
  console.log(`  ${items.length} pieces: ${said(counted(pieces, outcomes))}`);
  for (const { name, refusal } of imports) if (refusal !== '') console.log(`  ${name}: ${refusal}`);
  faults.push(...imports.flatMap(({ name, faults: its }) => its.map((fault) => `${program}, ${name}: ${fault}`)));
}

async function importAll(sources: readonly PeerSource[]): Promise<readonly PeerImport[]> {
  const imports: PeerImport[] = [];
  for (const source of sources) imports.push(await importSource(source));
  return imports;
}

const PEERS: readonly (readonly [
  name: string,
  program: string,
  marker: string,
  run: (checkout: string) => Promise<void>,
])[] = [
  [
    'GATUS_SOURCE',
    'Gatus',
    'config/config.go',
    async (checkout) => {
      show('Gatus', await importAll(await gatusSources(checkout, join(work, 'gatus'))));
      const { cases, wrong } = await gatusConditions(checkout);
      console.log(`  ${cases} conditions of its own tests, ${wrong.length} with another verdict`);
      faults.push(...wrong.map((text) => `Gatus, conditions: ${text}`));
    },
  ],
  [
    'BLACKBOX_SOURCE',
    'blackbox_exporter',
    'prober/http.go',
    async (checkout) =>
      show('blackbox_exporter', await importAll(await blackboxSources(checkout, join(work, 'blackbox')))),
  ],
  [
    'UPTIME_KUMA_SOURCE',
    'Uptime Kuma',
    'db/kuma.db',
    async (checkout) => {
      const database = await makeMigratedDatabase(checkout, join(work, 'kuma'));
      const made = await importMigrated(checkout, database);
      show(`Uptime Kuma ${database.version}`, [made]);
      console.log(
        `  a database of ${database.patches} patches and ${database.migrations} migrations, with ${made.types} types of monitors and ${made.kinds} kinds of notifications`,
      );
    },
  ],
];

try {
  for (const [name, program, marker, run] of PEERS) {
    const checkout = process.env[name] ?? '';
    const isThere =
      checkout !== '' &&
      (await stat(join(checkout, marker)).then(
        () => true,
        () => false,
      ));
    if (!isThere) {
      console.log(`not run: ${name} names no checkout of ${program}`);
      continue;
    }
    ran++;
    await run(checkout);
  }
} finally {
  await rm(work, { recursive: true });
}
for (const fault of faults) console.error(fault);
console.log(ran === 0 ? 'nothing was run' : `${faults.length} faults`);
process.exitCode = ran === 0 ? 2 : faults.length === 0 ? 0 : 1;
