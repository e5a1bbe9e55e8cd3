#!/usr/bin/env bash
# sonic-boom 4.2.1, which pino writes by, with a `minLength` and `sync: false`: `flush` while a write is under way writes nothing, now or after it.
# What came meanwhile stays in memory until somebody writes or flushes again, and the callback of that `flush` is called without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund sonic-boom@4.2.1
cat >log.mjs <<'JS'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import sonicBoom from 'sonic-boom';

const log = new sonicBoom.SonicBoom({ dest: 'log.txt', sync: false, minLength: 4096 });
await once(log, 'ready');
const flushed = () => new Promise((resolve) => log.flush((error) => resolve(error ?? 'no error')));
const lines = () => readFileSync('log.txt', 'utf8').trim().split('\n').join(', ');

log.write('first\n');
log.flush();
log.write('second\n');
console.log(`flushed during a write: ${await flushed()}; in the file: ${lines()}`);
console.log(`flushed once more: ${await flushed()}; in the file: ${lines()}`);
JS
cat >seen.txt <<'TEXT'
flushed during a write: no error; in the file: first
flushed once more: no error; in the file: first, second
TEXT
node log.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
