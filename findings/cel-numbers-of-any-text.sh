#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: int() and double() make a number of texts that are none. The CEL specification (langdef.md, "int", "double") and
# cel-go have an error there, so that `int(headers['x-count']) == 0` over an empty header is no answer; here it is true.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @bufbuild/cel@0.6.1 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { run } from '@bufbuild/cel';

for (const text of ["int('')", "int(' 12 ')", "int('0x1f')", "double('')", "double('n/a')", "!(double('n/a') > 5.0)"]) {
  console.log(`${text} = ${run(text)}`);
}
JS
cat >seen.txt <<'TEXT'
int('') = 0
int(' 12 ') = 12
int('0x1f') = 31
double('') = 0
double('n/a') = NaN
!(double('n/a') > 5.0) = true
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
