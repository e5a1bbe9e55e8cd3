#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: a map's entry whose value is null is not there for has() and `in`, though it can be read. In cel-go both are
# true (langdef.md, "Field Selection": has() of a map asks for the key), so `!has(json.error)` means another thing here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @bufbuild/cel@0.6.1 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { run } from '@bufbuild/cel';

for (const text of ["has({'error': null}.error)", "'error' in {'error': null}", "{'error': null}.error == null", "size({'error': null})"]) {
  console.log(`${text} = ${run(text)}`);
}
JS
cat >seen.txt <<'TEXT'
has({'error': null}.error) = false
'error' in {'error': null} = false
{'error': null}.error == null = true
size({'error': null}) = 1
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
