#!/usr/bin/env bash
# cel-python 0.5.0: a double divided by zero is +Infinity, whatever the dividend: 0.0 / 0.0 and -1.0 / 0.0 too. The CEL specification (langdef.md,
# "Numeric Values": doubles are those of IEEE 754) has NaN and -Infinity there, as cel-go 0.26.1 does. So `errors / requests > 0.05` over an
# hour without a request, an error in cel-go since NaN is in no order, is true here, and 0 / 0 cannot be seen by comparing it with itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check cel-python==0.5.0
cat >ask.py <<'PY'
import celpy

environment = celpy.Environment()
idle = {"errors": celpy.celtypes.DoubleType(0), "requests": celpy.celtypes.DoubleType(0)}
for text in [
    "1.0 / 0.0 > 0.0",
    "-1.0 / 0.0 < 0.0",
    "0.0 / 0.0 == 0.0 / 0.0",
    "0.0 / 0.0 == 1.0 / 0.0",
    "errors / requests > 0.05",
]:
    print(f"{text} is {bool(environment.program(environment.compile(text)).evaluate(idle))}")
PY
cat >seen.txt <<'TEXT'
1.0 / 0.0 > 0.0 is True
-1.0 / 0.0 < 0.0 is False
0.0 / 0.0 == 0.0 / 0.0 is True
0.0 / 0.0 == 1.0 / 0.0 is True
errors / requests > 0.05 is True
TEXT
env/bin/python ask.py >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
