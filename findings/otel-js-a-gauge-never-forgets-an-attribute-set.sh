#!/usr/bin/env bash
# @opentelemetry/sdk-metrics 3.1.0, a cumulative reader: an observable gauge goes on exporting attribute sets that its callback no
# longer observes, with their last value, for ever. The specification says that an SDK should not (Metrics SDK, "Observations inside
# asynchronous callbacks"). With delta temporality they are gone at the next collection.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @opentelemetry/sdk-metrics@3.1.0 @opentelemetry/api@1.10.0
cat >ask.cjs <<'JS'
const { AggregationTemporality, MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics');

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

async function ask(name) {
  const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality[name] });
  const provider = new MeterProvider({ readers: [reader] });
  let hosts = ['a', 'b'];
  const gauge = provider.getMeter('example').createObservableGauge('temperature');
  gauge.addCallback((result) => hosts.forEach((host) => result.observe(20, { host })));
  const seen = [];
  for (const next of [['b'], [], []]) {
    const { resourceMetrics } = await reader.collect();
    const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints ?? [];
    seen.push(`${hosts.join('+') || 'none'} observed: ${points.map((point) => point.attributes.host).join('+') || 'none'}`);
    hosts = next;
  }
  console.log(`${name}: ${seen.join(', ')}`);
}

ask('CUMULATIVE').then(() => ask('DELTA'));
JS
cat >seen.txt <<'TEXT'
CUMULATIVE: a+b observed: a+b, b observed: a+b, none observed: a+b
DELTA: a+b observed: a+b, b observed: b, none observed: none
TEXT
node ask.cjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
