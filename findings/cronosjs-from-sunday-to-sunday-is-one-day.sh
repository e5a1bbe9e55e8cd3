#!/usr/bin/env bash
# cronosjs 1.7.1: the days `0-7` are Sundays only, where crontab(5) and three other libraries have every day; a step over them is dropped with them.
# Its README gives 0-7 as the field's own range. It makes a 0 of the 7 first and reads a range from 0 to 0; `1-7` is every day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cronosjs@1.7.1 cron-parser@5.10.6 cron-schedule@6.0.0 croner@11.0.1
cat >ask.mjs <<'JS'
import { CronExpressionParser } from 'cron-parser';
import { parseCronExpression } from 'cron-schedule';
import { Cron } from 'croner';
import cronos from 'cronosjs';

const from = new Date('2026-11-28T12:00:00Z');
const timezone = 'UTC';
const nextDays = {
  cronosjs: (text) => cronos.CronosExpression.parse(text, { timezone }).nextNDates(from, 5),
  'cron-parser': (text) => CronExpressionParser.parse(text, { currentDate: from, tz: timezone }).take(5).map((date) => date.toDate()),
  'cron-schedule': (text) => parseCronExpression(text, { timezone }).getNextDates(5, from),
  croner: (text) => new Cron(text, { timezone }).nextRuns(5, from),
};
const name = (date) => date.toUTCString().slice(0, 3);
for (const text of ['0 0 * * 1-7', '0 0 * * 0-7', '0 0 * * 0-7/2']) {
  for (const [library, next] of Object.entries(nextDays)) console.log(`${text}, ${library}: ${next(text).map(name).join(' ')}`);
}
JS
TZ=UTC node ask.mjs >now.txt
cat >seen.txt <<'TEXT'
0 0 * * 1-7, cronosjs: Sun Mon Tue Wed Thu
0 0 * * 1-7, cron-parser: Sun Mon Tue Wed Thu
0 0 * * 1-7, cron-schedule: Sun Mon Tue Wed Thu
0 0 * * 1-7, croner: Sun Mon Tue Wed Thu
0 0 * * 0-7, cronosjs: Sun Sun Sun Sun Sun
0 0 * * 0-7, cron-parser: Sun Mon Tue Wed Thu
0 0 * * 0-7, cron-schedule: Sun Mon Tue Wed Thu
0 0 * * 0-7, croner: Sun Mon Tue Wed Thu
0 0 * * 0-7/2, cronosjs: Sun Sun Sun Sun Sun
0 0 * * 0-7/2, cron-parser: Sun Tue Thu Sat Sun
0 0 * * 0-7/2, cron-schedule: Sun Tue Thu Sat Sun
0 0 * * 0-7/2, croner: Sun Tue Thu Sat Sun
TEXT
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
