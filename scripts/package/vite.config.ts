// Bundles what `openk` runs, its dependencies with it, into dist/openk: a dozen files in place of 1,300, so that a start takes half of
// the time and two thirds of the memory (ADR 56). What other programs import of the package, src/embed.ts and gen/, is not bundled.
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const ROOT = join(import.meta.dirname, '../..');
const OUT = join(ROOT, 'dist/openk');

/** Not bundled. */
export const APART = [
  // Native code, or files that are looked for beside their own.
  'better-sqlite3',
  '@scalar/fastify-api-reference',
  'pino',
  // Fastify asks for them where a route has a schema, which none of ours has.
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
];

export default defineConfig({
  root: ROOT,
  logLevel: 'warn',
  plugins: [narrowHttp(), keepToAscii(), nameLicences(), dateByStart()],
  ssr: { noExternal: true, external: APART },
  build: {
    ssr: true,
    outDir: OUT,
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: {
        main: join(ROOT, 'src/main.ts'),
        'sqlite/worker': join(ROOT, 'src/store/sqlite/worker.ts'),
        'postgres/worker': join(ROOT, 'src/store/postgres/worker.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', comments: false },
    },
  },
});

/**
 * `node:http` has getters that load undici, which is 3 MB, and an import of it as a module reads each of them for the sake of its
 * names. So those that are bundled get an object that has the others alone.
 */
export function narrowHttp(): Plugin {
  const narrowed = '\0node-http';
  const ofUndici = ['WebSocket', 'CloseEvent', 'MessageEvent'];
  return {
    name: 'narrow-http',
    enforce: 'pre',
    resolveId: (id) => (id === 'node:http' || id === 'http' ? narrowed : undefined),
    load(id) {
      if (id !== narrowed) return undefined;
      const names = Object.keys(http).filter((name) => name !== 'default' && !ofUndici.includes(name));
      return [
        "const http = process.getBuiltinModule('node:http');",
        'export default http;',
        `export const { ${names.join(', ')} } = http;`,
      ].join('\n');
    },
  };
}

/** One letter beyond ISO 8859-1, and V8 keeps two bytes for each of a file. */
export function keepToAscii(): Plugin {
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'keep-to-ascii',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type === 'chunk') output.code = output.code.replaceAll(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/** Puts the licence of each package that is bundled beside the bundle, as the licences ask for. */
function nameLicences(): Plugin {
  return {
    name: 'name-licences',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const id of output.moduleIds) {
          const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
          if (folder !== undefined) folders.add(folder.replace(/^\0+/, ''));
        }
      }
      const source = [...folders].sort().map(licenceText).join('\n');
      this.emitFile({ type: 'asset', fileName: 'LICENCES.txt', source });
    },
  };
}

/** Dates the program by the start of its build: what is changed while it runs is newer (bin/openk.js). */
function dateByStart(): Plugin {
  let started: Date;
  return {
    name: 'date-by-start',
    buildStart() {
      started = new Date();
    },
    closeBundle() {
      utimesSync(join(OUT, 'main.js'), started, started);
    },
  };
}

function licenceText(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (file) => file.isFile() && /^(licen[cs]e|copying|notice)/i.test(file.name),
  );
  const texts = files.map((file) => readFileSync(join(folder, file.name), 'utf8').trim());
  return [`== ${name} ${version}: ${license}`, ...texts, ''].join('\n\n');
}
