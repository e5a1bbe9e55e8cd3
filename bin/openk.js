#!/usr/bin/env node
// From a checkout it runs the sources, from the package what was built (Node strips no types under node_modules).
// On a Node that is too old it hands over to the one that the checkout brings along, or says what is needed. So this
// file keeps to what old Nodes understand.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;

const source = new URL('../src/main.ts', import.meta.url);
const built = new URL('../dist/openk/main.js', import.meta.url);
const ownNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  await import(existsSync(source) ? source.href : built.href);
} else if (existsSync(ownNode)) {
  const { version } = JSON.parse(readFileSync(new URL('../node_modules/node/package.json', import.meta.url), 'utf8'));
  process.stderr.write(`openk: runs on Node ${version} of the checkout, since ${process.versions.node} is too old\n`);
  process.exitCode = await runWith(ownNode);
} else {
  process.stderr.write(
    `openk: Node ${process.versions.node} is too old: Node ${OLDEST_NODE} or newer is needed\n` +
      'Install a newer Node (https://nodejs.org). In a checkout `npm ci` brings one along.\n',
  );
  process.exitCode = 2;
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
