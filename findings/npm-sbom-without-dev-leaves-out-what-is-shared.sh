#!/usr/bin/env bash
# npm 11.19.1, `npm sbom --omit dev`: a package that is a dependency, and a dependency of a development dependency as well, is in no SBOM, neither CycloneDX
# nor SPDX, from the lock file or from what is installed. `npm ls --omit dev` has it, and `npm install --omit dev` installs it. So an SBOM of a release
# lacks, without a word, whatever its test tools happen to share with it. With a lock file that has no development dependencies it is complete.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir tool project
npm install --silent --no-audit --no-fund --prefix tool npm@11.19.1
npm() { node "$folder/tool/node_modules/npm/bin/npm-cli.js" "$@"; }
cd project
echo '{ "name": "project", "version": "1.0.0", "private": true, "dependencies": { "ms": "2.1.3" }, "devDependencies": { "debug": "4.4.3" } }' >package.json
npm install --silent --no-audit --no-fund
packages() { { grep -o 'pkg:npm/[a-z]*@[0-9.]*' || true; } | grep -v project | sort -u | paste -sd ' ' -; }
ask() {
  echo "npm ls: $(npm ls --omit dev --parseable | tail -n +2 | sed 's|.*/||' | paste -sd ' ' -)"
  for format in cyclonedx spdx; do
    echo "$format: $(npm sbom --omit dev --sbom-format "$format" | packages)"
    echo "$format by the lock file: $(npm sbom --omit dev --package-lock-only --sbom-format "$format" | packages)"
  done
  node -e 'const fs = require("node:fs");
    const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
    delete manifest.devDependencies;
    fs.writeFileSync("package.json", JSON.stringify(manifest));'
  npm install --silent --no-audit --no-fund
  echo "without development dependencies: $(npm sbom --sbom-format cyclonedx | packages)"
}
cat >../seen.txt <<'TEXT'
npm ls: ms
cyclonedx: 
cyclonedx by the lock file: 
spdx: 
spdx by the lock file: 
without development dependencies: pkg:npm/ms@2.1.3
TEXT
ask | diff ../seen.txt - && echo 'as seen'
