#!/usr/bin/env bash
# standardwebhooks 1.1.0 of PyPI: sign() takes a datetime and reads its wall clock as if it were UTC, whatever zone it carries. The same moment gets
# another signature in another zone, and none but that of UTC is verified by the header that belongs to the moment. The library for
# JavaScript, 1.1.1, takes the moment, so the two agree on a machine in London, in winter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund standardwebhooks@1.1.1
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0
cat >sign.py <<'PY'
import sys
from datetime import datetime, timedelta, timezone

from standardwebhooks import Webhook

moment = datetime.fromtimestamp(int(sys.argv[1]), timezone(timedelta(hours=int(sys.argv[2]))))
print(Webhook("whsec_c2VjcmV0IG9mIGFuIGV4YW1wbGU=").sign("msg_1", moment, "{}"))
PY
cat >verify.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const { Webhook } = require('standardwebhooks');

const webhook = new Webhook('whsec_c2VjcmV0IG9mIGFuIGV4YW1wbGU=');
const seconds = Math.floor(Date.now() / 1000);
const here = webhook.sign('msg_1', new Date(seconds * 1000), '{}');
for (const hours of ['0', '1', '-5']) {
  const signature = execFileSync('env/bin/python', ['sign.py', String(seconds), hours], { encoding: 'utf8' }).trim();
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
  let verified = 'verified';
  try {
    webhook.verify('{}', headers);
  } catch (error) {
    verified = error.message;
  }
  console.log(`this moment, ${hours} hours from UTC: ${signature === here ? 'the same signature' : 'another signature'}, ${verified}`);
}
JS
cat >seen.txt <<'TEXT'
this moment, 0 hours from UTC: the same signature, verified
this moment, 1 hours from UTC: another signature, No matching signature found
this moment, -5 hours from UTC: another signature, No matching signature found
TEXT
node verify.cjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
