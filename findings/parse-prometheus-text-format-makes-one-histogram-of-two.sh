#!/usr/bin/env bash
# parse-prometheus-text-format 1.1.1: the histograms of one name, and summaries as well, come out as a single one without labels, count and sum: of the
# buckets of two paths it keeps those of the last. A histogram without labels is whole, and so are counters with them. The Python
# client's parser reads each sample of the same text with its labels.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund parse-prometheus-text-format@1.1.1
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check prometheus_client==0.26.0
cat >metrics.txt <<'TEXT'
# TYPE plain histogram
plain_bucket{le="1"} 7
plain_bucket{le="+Inf"} 8
plain_sum 9
plain_count 8
# TYPE wait histogram
wait_bucket{path="/slow",le="1"} 1
wait_bucket{path="/slow",le="+Inf"} 4
wait_sum{path="/slow"} 30
wait_count{path="/slow"} 4
wait_bucket{path="/fast",le="1"} 90
wait_bucket{path="/fast",le="+Inf"} 90
wait_sum{path="/fast"} 5
wait_count{path="/fast"} 90
# TYPE size summary
size{path="/slow",quantile="0.5"} 10
size_sum{path="/slow"} 40
size_count{path="/slow"} 4
size{path="/fast",quantile="0.5"} 2
size_sum{path="/fast"} 180
size_count{path="/fast"} 90
TEXT
cat >ask.mjs <<'JS'
import { readFileSync } from 'node:fs';
import parse from 'parse-prometheus-text-format';

for (const { name, metrics } of parse(readFileSync('metrics.txt', 'utf8'))) console.log(`${name}: ${JSON.stringify(metrics)}`);
JS
cat >ask.py <<'PY'
from prometheus_client.parser import text_string_to_metric_families

with open("metrics.txt") as text:
    for family in text_string_to_metric_families(text.read()):
        counts = [sample for sample in family.samples if sample.name.endswith("_count")]
        print(f"{family.name} to Python:", ", ".join(f"{sample.labels.get('path', 'no path')} {sample.value:g}" for sample in counts))
PY
cat >seen.txt <<'TEXT'
plain: [{"buckets":{"1":"7","+Inf":"8"},"count":"8","sum":"9"}]
wait: [{"buckets":{"1":"90","+Inf":"90"}}]
size: [{"quantiles":{"0.5":"2"}}]
plain to Python: no path 8
wait to Python: /slow 4, /fast 90
size to Python: /slow 4, /fast 90
TEXT
{ node ask.mjs; env/bin/python ask.py; } >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
