// When an answer counts: it must tell the status that the component asked for really has. Its own Rate, since k6 has no
// failure metric for gRPC, and since an HTTP 200 with a wrong status in it is a failure here.
import { Counter, Rate } from 'k6/metrics';
import { run } from './run-input.js';

const failures = new Rate('openk_failures');
const calls = new Counter('openk_calls');
const failedCalls = new Counter('openk_failed_calls');

/** A VU that says every failure would drown the log. */
const TOLD_PER_VU = 3;
let told = 0;

/** A component by chance, and the status that it must have. */
export function pickComponent() {
  const n = Math.floor(Math.random() * run.components);
  const unhealthy = n % run.unhealthyEvery === run.unhealthyEvery - 1;
  return {
    id: `service-${n}`,
    status: unhealthy ? 'HEALTH_STATUS_UNHEALTHY' : 'HEALTH_STATUS_HEALTHY',
    serving: unhealthy ? 'NOT_SERVING' : 'SERVING',
  };
}

/** Counts one call. `answer` is what was looked at, for the log. */
export function judge(holds, what, answer) {
  failures.add(!holds);
  calls.add(1);
  failedCalls.add(holds ? 0 : 1);
  if (!holds && told++ < TOLD_PER_VU) console.error(`${what}: ${describe(answer)}`);
}

/** Whether a ComponentHealth in JSON is that of the component and tells its status. */
export function tells(health, component) {
  return health !== undefined && health.component === component.id && health.status === component.status;
}

function describe(answer) {
  if (answer instanceof Error) return answer.message;
  return (JSON.stringify(answer) ?? String(answer)).slice(0, 300);
}
