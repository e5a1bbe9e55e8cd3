#!/usr/bin/env bash
# croner 11.0.1: a job of one fixed time is moved over the hour that is skipped in spring and runs once in the hour that comes twice in
# autumn, as cron(8) has it; the same job at two minutes of that hour is left out in spring and runs twice as often in autumn.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund croner@11.0.1
cat >ask.mjs <<'JS'
import { Cron } from 'croner';

const changes = { spring: '2026-03-29', autumn: '2026-10-25' };
for (const [season, day] of Object.entries(changes)) {
  for (const pattern of ['30 2 * * *', '15,45 2 * * *']) {
    const noonBefore = new Date(Date.parse(day) - 12 * 3_600_000);
    const runs = new Cron(pattern, { timezone: 'Europe/Berlin' }).nextRuns(8, noonBefore);
    const ofTheDay = runs.map((run) => run.toISOString()).filter((run) => run.startsWith(day));
    console.log(`${season}, ${pattern}: ${ofTheDay.join(' ')}`);
  }
}
JS
cat >seen.txt <<'TEXT'
spring, 30 2 * * *: 2026-03-29T01:00:00.000Z
spring, 15,45 2 * * *: 
autumn, 30 2 * * *: 2026-10-25T00:30:00.000Z
autumn, 15,45 2 * * *: 2026-10-25T00:15:00.000Z 2026-10-25T00:45:00.000Z 2026-10-25T01:15:00.000Z 2026-10-25T01:45:00.000Z
TEXT
node ask.mjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
