#!/usr/bin/env node
// From the package it runs what was built, and from a checkout too for as long as nothing has changed since (ADR 88): else the sources.
// On a Node that is too old it hands over to the one that the checkout brings along, or says what is needed. So this
// file keeps to what old Nodes understand.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

/** These end with 2 where they are not usable. The others ask a server, and of some 2 says how a component is: they end with 3. */
const EXIT_2 = [
  undefined,
  'serve',
  'config',
  'import',
  'storage',
  'token',
  'completion',
  'help',
  '--help',
  '--version',
];

const source = at('src/main.ts');
const built = at('dist/openk/main.js');
/** What is built is made of these. In a checkout, where `npm ci` is the end of what it makes. */
const INGREDIENTS = [
  'src',
  'gen',
  'web/src',
  'web/gen',
  'web/index.html',
  'web/vite.config.ts',
  'scripts/package',
  'package.json',
  'package-lock.json',
];
const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  await import(existsSync(source) && !isCurrent() ? source.href : built.href);
} else if (existsSync(ownNode)) {
  const { version } = JSON.parse(readFileSync(new URL('../node_modules/node/package.json', import.meta.url), 'utf8'));
  process.stderr.write(`openk: runs on Node ${version} of the checkout, since ${process.versions.node} is too old\n`);
  process.exitCode = await runWith(ownNode);
} else {
  process.stderr.write(
    `openk: Node ${process.versions.node} is too old: Node ${OLDEST_NODE} or newer is needed\n` +
      'Install a newer Node (https://nodejs.org). In a checkout `npm ci` brings one along.\n',
  );
  process.exitCode = EXIT_2.includes(process.argv[2]) ? 2 : 3;
}

function at(path) {
  return new URL(`../${path}`, import.meta.url);
}

/**
 * Whether everything was last changed before its build began, which is the date of what was built. Changes count by the times that the system
 * notes and nobody sets (ctime): a file that was copied with an old date, and one that was deleted (by its folder), count.
 */
function isCurrent() {
  if (!existsSync(built)) return false;
  const builtMs = statSync(built).mtimeMs;
  const isOlder = (url) => statSync(url).ctimeMs < builtMs;
  return INGREDIENTS.map(at).every((url) => {
    if (!isOlder(url)) return false;
    if (!statSync(url).isDirectory()) return true;
    const folder = fileURLToPath(url);
    return readdirSync(folder, { recursive: true }).every((name) => isOlder(join(folder, name)));
  });
}

/** Runs this file again with another Node, as if it were this process. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Of Ctrl-C in a terminal the child hears by itself, and a second SIGINT means something else to it.
  const forwarded = process.stdin.isTTY ? ['SIGTERM', 'SIGHUP'] : ['SIGTERM', 'SIGHUP', 'SIGINT'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  if (process.stdin.isTTY) process.on('SIGINT', () => {});
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code === null ? 128 + constants.signals[signal] : code));
  });
}
