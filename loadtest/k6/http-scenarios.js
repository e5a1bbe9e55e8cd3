// The ways in over HTTP/1.1: Connect (POST and GET), gRPC-Web framed by hand, and REST.
import http from 'k6/http';
import { readFrames, writeFrame } from './grpc-web-frames.ts';
import { baseUrl, credentials, run } from './run-input.js';
import { judge, pickComponent, tells } from './verdict.js';

const GET_HEALTH = `${baseUrl}/openk.health.v1.HealthService/GetHealth`;
const timeout = `${run.callTimeoutMs}ms`;

export function connectJson() {
  const component = pickComponent();
  const headers = { ...credentials, 'content-type': 'application/json', 'connect-protocol-version': '1' };
  const answer = http.post(GET_HEALTH, JSON.stringify({ component: component.id }), { headers, timeout });
  judgeJson(answer, component, 'Connect JSON');
}

export function connectGet() {
  const component = pickComponent();
  const message = encodeURIComponent(JSON.stringify({ component: component.id }));
  // A name for all, or k6 keeps metrics for every URL.
  const tags = { name: 'GetHealth by GET' };
  const answer = http.get(`${GET_HEALTH}?connect=v1&encoding=json&message=${message}`, {
    headers: credentials,
    timeout,
    tags,
  });
  judgeJson(answer, component, 'Connect GET');
}

export function rest() {
  const component = pickComponent();
  const tags = { name: 'GET /v1/components/{component}/health' };
  const answer = http.get(`${baseUrl}/v1/components/${component.id}/health`, { headers: credentials, timeout, tags });
  judgeJson(answer, component, 'REST');
}

/** The root: its members are of both kinds, and `worst` is its rule. */
export function restRoot() {
  const root = { id: 'system', status: 'HEALTH_STATUS_UNHEALTHY' };
  judgeJson(http.get(`${baseUrl}/v1/health`, { headers: credentials, timeout }), root, 'REST, the root');
}

export function grpcWeb() {
  const component = pickComponent();
  const headers = { ...credentials, 'content-type': 'application/grpc-web+json', 'x-grpc-web': '1' };
  const body = writeFrame(JSON.stringify({ component: component.id }));
  const answer = http.post(GET_HEALTH, body, { headers, timeout, responseType: 'binary' });
  const { messages, trailers } = answer.body ? readFrames(answer.body) : { messages: [], trailers: '' };
  const ended = /^grpc-status: *0\r?$/m.test(trailers);
  const holds = answer.status === 200 && ended && messages.length === 1 && tells(parse(messages[0])?.health, component);
  judge(holds, 'gRPC-Web', { status: answer.status, error: answer.error, messages, trailers });
}

/** A component that comes and goes with the reloads: it is there and unreported, or it is not there. */
export function reloadedComponent() {
  const id = `extra-${Math.floor(Math.random() * run.extras)}`;
  const answer = http.post(GET_HEALTH, JSON.stringify({ component: id }), {
    headers: { ...credentials, 'content-type': 'application/json' },
    timeout,
    responseCallback: http.expectedStatuses(200, 404),
  });
  const body = parse(answer.body);
  const there = answer.status === 200 && tells(body?.health, { id, status: 'HEALTH_STATUS_UNKNOWN' });
  const gone = answer.status === 404 && body?.code === 'not_found';
  judge(there || gone, 'a component that is reloaded', { status: answer.status, body: answer.body });
}

function judgeJson(answer, component, what) {
  const holds = answer.status === 200 && tells(parse(answer.body)?.health, component);
  judge(holds, what, { status: answer.status, error: answer.error, body: answer.body });
}

/** Not JSON is undefined: a failure to count, not one that ends the iteration. */
function parse(text) {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
