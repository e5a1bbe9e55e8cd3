#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: a comment may stand before an expression's last line, not at its end. The grammar (langdef.md, "Syntax":
# COMMENT is white space) lets it stand wherever white space may.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @bufbuild/cel@0.6.1 @bufbuild/protobuf@2.17.0
cat >ask.mjs <<'JS'
import { parse, run } from '@bufbuild/cel';

for (const text of ['1 == 1 // the end\n', '1 == 1 // the end']) {
  let result;
  try {
    parse(text);
    result = run(text);
  } catch {
    result = 'does not compile';
  }
  console.log(`${text.replace('\n', '\\n')}: ${result}`);
}
JS
cat >seen.txt <<'TEXT'
1 == 1 // the end\n: true
1 == 1 // the end: does not compile
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
