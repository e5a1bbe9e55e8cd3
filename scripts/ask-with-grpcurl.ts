// Asks a started OpenK with grpcurl, a client that shares no code with it: `node scripts/ask-with-grpcurl.ts GRPCURL`.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const grpcurl = process.argv[2] ?? 'grpcurl';
const server = spawn(process.execPath, ['src/main.ts', 'serve', '--listen', '127.0.0.1:0', '--storage', 'memory:'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const closed = once(server, 'close');
try {
  const address = await listening();
  const ask = (proto: string, method: string, request: string) => {
    const from = ['-import-path', 'proto', '-import-path', 'proto/third_party', '-proto', proto];
    const args = ['-plaintext', '-max-time', '10', ...from, '-d', request, new URL(address).host, method];
    return JSON.parse(execFileSync(grpcurl, args, { encoding: 'utf8', timeout: 20_000 }));
  };
  // Without -proto, so by server reflection.
  const reflect = (flags: readonly string[], ...words: readonly string[]) => {
    const args = ['-plaintext', '-max-time', '10', ...flags, new URL(address).host, ...words];
    return execFileSync(grpcurl, args, { encoding: 'utf8', timeout: 20_000 });
  };
  const check = ask('grpc/health/v1/health.proto', 'grpc.health.v1.Health/Check', '{"service":""}');
  expect(check.status === 'SERVING', 'Health/Check of the server itself is SERVING', check);
  const listed = ask('openk/health/v1/health.proto', 'openk.health.v1.HealthService/ListComponents', '{"pageSize":3}');
  expect(listed.components.length === 3 && listed.nextPageToken, 'ListComponents answers a page of three', listed);
  const reported = ask(
    'openk/health/v1/health.proto',
    'openk.health.v1.HealthService/ReportHealth',
    '{"component":"example-job","message":"done"}',
  );
  expect(reported.health.status === 'HEALTH_STATUS_HEALTHY', 'ReportHealth makes it HEALTHY', reported);
  const services = reflect([], 'list');
  expect(services.includes('openk.health.v1.HealthService\n'), 'reflection lists the services', services);
  const method = reflect([], 'describe', 'openk.health.v1.HealthService.GetHealth');
  expect(method.includes('/v1/components/{component}/health'), 'reflection describes a method, options too', method);
  const called = JSON.parse(reflect(['-d', '{"component":"openk"}'], 'openk.health.v1.HealthService/GetHealth'));
  expect(called.health.component === 'openk', 'reflection is enough for a call', called);
} finally {
  server.kill('SIGTERM');
  const [code] = await closed;
  expect(code === 0, 'SIGTERM ends it with exit code 0', code);
}

async function listening(): Promise<string> {
  for await (const line of createInterface({ input: server.stdout })) {
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') {
      server.stdout.resume();
      return address;
    }
  }
  throw new Error('the server ended before it listened');
}

function expect(holds: boolean, what: string, answer: unknown) {
  if (holds) console.log(`ok: ${what}`);
  else {
    console.error(`FAILED: ${what}; it answered ${JSON.stringify(answer)}`);
    process.exitCode = 1;
  }
}
