// The ways in over gRPC: unary calls on one connection per VU, and streams that are held open for a while.

import { Trend } from 'k6/metrics';
import grpc from 'k6/net/grpc';
import { credentials, run } from './run-input.js';
import { judge, pickComponent, tells } from './verdict.js';

const firstMessage = new Trend('openk_watch_first_message', true);

const client = new grpc.Client();
client.loadProtoset(run.protoset);
/** k6 cannot connect before the first iteration. */
let connected = false;

/** GetHealth and the standard Check in turn. */
export function grpcUnary() {
  const component = pickComponent();
  try {
    connectOnce();
    if (__ITER % 2 === 0) {
      const { status, message, error } = invoke('openk.health.v1.HealthService/GetHealth', { component: component.id });
      const holds = status === grpc.StatusOK && tells(message.health, component);
      judge(holds, 'GetHealth', { status, message, error });
    } else {
      const { status, message, error } = invoke('grpc.health.v1.Health/Check', { service: component.id });
      const holds = status === grpc.StatusOK && message.status === component.serving;
      judge(holds, 'Check', { status, message, error });
    }
  } catch (error) {
    judge(false, 'gRPC', error);
  }
}

/** The standard Watch: the status at once, then nothing, since nothing changes. */
export function grpcWatch() {
  const component = pickComponent();
  hold('grpc.health.v1.Health/Watch', { service: component.id }, (message) => message.status === component.serving);
}

/** WatchHealth: a snapshot at once, then a change for each probe result or keep-alives. */
export function watchHealth() {
  const component = pickComponent();
  const request = { components: [component.id] };
  hold('openk.health.v1.HealthService/WatchHealth', request, ({ snapshot, change }, isFirst) => {
    const told = isFirst ? snapshot : change;
    if (isFirst && !told) return false;
    return !told || (told.components.length === 1 && tells(told.components[0], component));
  });
}

/** Holds a stream open for run.watchMs. It counts as one call: right if every message is, and if it does not end by itself. */
function hold(method, request, isRight) {
  let messages = 0;
  let fault;
  let closing = false;
  let startedAt;
  let stream;
  try {
    connectOnce();
    startedAt = Date.now();
    stream = new grpc.Stream(client, method, { metadata: credentials });
  } catch (error) {
    judge(false, method, error);
    return;
  }
  stream.on('data', (message) => {
    if (messages === 0) firstMessage.add(Date.now() - startedAt);
    if (!isRight(message, messages++ === 0)) fault ??= message;
  });
  stream.on('error', (error) => {
    if (!closing) fault ??= error;
  });
  const finish = () => {
    if (closing) return;
    closing = true;
    if (messages === 0) fault ??= 'no message came';
    judge(fault === undefined, method, fault);
    client.close();
    connected = false;
  };
  stream.on('end', () => {
    if (!closing) fault ??= 'it ended by itself';
    finish();
  });
  stream.write(request);
  stream.end();
  setTimeout(finish, run.watchMs);
}

function connectOnce() {
  if (connected) return;
  client.connect(run.target, { plaintext: true, timeout: `${run.callTimeoutMs}ms` });
  connected = true;
}

function invoke(method, request) {
  return client.invoke(method, request, { metadata: credentials, timeout: `${run.callTimeoutMs}ms` });
}
