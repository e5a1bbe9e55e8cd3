#!/usr/bin/env bash
# betterproto 1.2.5: a Duration below zero and a Timestamp before 1970 with a part of a second are written one second too late: -1.5 s goes out as
# -1 s and +500,000,000 ns. duration.proto wants both of one sign, so the protobuf package takes it and cannot make JSON of it, and betterproto
# itself reads -0.5 s back. In JSON the same values are right, so which of them is meant depends on the encoding of the call.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check betterproto==1.2.5 protobuf==7.36.2
cat >ask.py <<'PY'
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import betterproto
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.protobuf.timestamp_pb2 import Timestamp


@dataclass
class Wait(betterproto.Message):
    value: timedelta = betterproto.message_field(1)


@dataclass
class At(betterproto.Message):
    value: datetime = betterproto.message_field(1)


def by_protobuf(kind, sent):
    read = kind.FromString(sent[2:])  # past the tag and the length
    try:
        json = MessageToJson(read)
    except Exception as error:
        json = type(error).__name__
    return f"{read.seconds} s and {read.nanos} ns, as JSON {json}"


for seconds in [1.5, -1.5]:
    sent = Wait(timedelta(seconds=seconds))
    back = Wait().parse(bytes(sent)).value.total_seconds()
    print(f"{seconds} s: JSON {sent.to_dict()['value']}; the bytes are {back} s to betterproto, to protobuf {by_protobuf(Duration, bytes(sent))}")
for time in [datetime(1970, 1, 1, 0, 0, 1, 500000, timezone.utc), datetime(1969, 12, 31, 23, 59, 58, 500000, timezone.utc)]:
    sent = At(time)
    back = At().parse(bytes(sent)).value.strftime("%H:%M:%S.%f")[:-3]
    print(f"JSON {sent.to_dict()['value']}; the bytes are {back} to betterproto, to protobuf {by_protobuf(Timestamp, bytes(sent))}")
PY
cat >seen.txt <<'TEXT'
1.5 s: JSON 1.500s; the bytes are 1.5 s to betterproto, to protobuf 1 s and 500000000 ns, as JSON "1.500s"
-1.5 s: JSON -1.500s; the bytes are -0.5 s to betterproto, to protobuf -1 s and 500000000 ns, as JSON ValueError
JSON 1970-01-01T00:00:01.500Z; the bytes are 00:00:01.500 to betterproto, to protobuf 1 s and 500000000 ns, as JSON "1970-01-01T00:00:01.500Z"
JSON 1969-12-31T23:59:58.500Z; the bytes are 23:59:59.500 to betterproto, to protobuf -1 s and 500000000 ns, as JSON "1969-12-31T23:59:59.500Z"
TEXT
env/bin/python ask.py >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
