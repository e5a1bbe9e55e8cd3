#!/usr/bin/env bash
# github.com/goccy/go-yaml 1.19.2: of a list of merged mappings the last one wins, and a merge that stands below a key replaces that key. The merge
# key's own text (yaml.org/type/merge.html) says the first one, and that a key which is there already stays; gopkg.in/yaml.v3 and the yaml
# package of npm do so. So the same valid file is another configuration to a program that moved from one library to the other. Takes Go.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund yaml@2.9.1
cat >go.mod <<'TEXT'
module ask
go 1.21
TEXT
export GOFLAGS=-mod=mod
go get github.com/goccy/go-yaml@v1.19.2 gopkg.in/yaml.v3@v3.0.1 2>get.log || { cat get.log; exit 1; }
cat >ask.go <<'GO'
package main

import (
	"fmt"
	"os"

	goccy "github.com/goccy/go-yaml"
	yaml "gopkg.in/yaml.v3"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var one, other map[string]any
	if err := goccy.Unmarshal(text, &one); err != nil {
		panic(err)
	}
	if err := yaml.Unmarshal(text, &other); err != nil {
		panic(err)
	}
	fmt.Printf("goccy/go-yaml %v, yaml.v3 %v", one["check"], other["check"])
}
GO
go build -o ask ask.go
cat >list.yaml <<'YAML'
short: &short { timeout: 1 }
usual: &usual { timeout: 9, retries: 3 }
check:
  <<: [*short, *usual]
YAML
cat >below.yaml <<'YAML'
usual: &usual { timeout: 9, retries: 3 }
check:
  timeout: 1
  <<: *usual
YAML
cat >above.yaml <<'YAML'
usual: &usual { timeout: 9, retries: 3 }
check:
  <<: *usual
  timeout: 1
YAML
for name in list below above; do
  echo "$name: $(./ask "$name.yaml"), npm $(node -p "
    const { timeout, retries } = require('yaml').parse(fs.readFileSync('$name.yaml', 'utf8'), { merge: true }).check;
    'map[retries:' + retries + ' timeout:' + timeout + ']'")"
done >now.txt
cat >seen.txt <<'TEXT'
list: goccy/go-yaml map[retries:3 timeout:9], yaml.v3 map[retries:3 timeout:1], npm map[retries:3 timeout:1]
below: goccy/go-yaml map[retries:3 timeout:9], yaml.v3 map[retries:3 timeout:1], npm map[retries:3 timeout:1]
above: goccy/go-yaml map[retries:3 timeout:1], yaml.v3 map[retries:3 timeout:1], npm map[retries:3 timeout:1]
TEXT
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
