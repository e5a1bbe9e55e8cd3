#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: timestamp(int) takes the number for milliseconds. The CEL specification (langdef.md, "timestamp") says seconds
# since 1970, as cel-go has it: the same expression over a Unix time is off by 56 years.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @bufbuild/cel@0.6.1 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { run } from '@bufbuild/cel';

console.log(`timestamp(1767225600) is in ${run('timestamp(1767225600).getFullYear()')}`);
const same = "timestamp('2026-01-01T00:00:00Z') == timestamp(1767225600)";
console.log(`${same} = ${run(same)}`);
JS
cat >seen.txt <<'TEXT'
timestamp(1767225600) is in 1970
timestamp('2026-01-01T00:00:00Z') == timestamp(1767225600) = false
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
