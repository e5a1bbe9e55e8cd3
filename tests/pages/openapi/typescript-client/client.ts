// A client as its writer has it who knows nothing but the document: what it asks and what it gets has the types that
// openapi-typescript makes (beside this file, when the test runs). Prints what it got as JSON.
import type { operations, paths } from './openapi.ts';

type Answer<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } }
  ? Body
  : never;
type Message = operations['HealthService_WatchHealth']['responses'][200]['content']['application/x-ndjson'];
type Report = NonNullable<operations['HealthService_ReportHealth']['requestBody']>['content']['application/json'];

const [server = ''] = process.argv.slice(2);

async function ask<Path extends keyof paths>(path: Path, filled: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(server + filled, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

const report: Report = { status: 'HEALTH_STATUS_HEALTHY', message: 'done', duration: '1.5s' };
await ask('/v1/components/{component}:report', '/v1/components/job:report', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(report),
});

const listed = await ask('/v1/components', '/v1/components?label=team%3Dpayments');
const { components = [], revision }: Answer<operations['HealthService_ListComponents']> = await listed.json();

const lastEventId: NonNullable<operations['HealthService_WatchHealth']['parameters']['header']> = {
  'Last-Event-ID': '0',
};
const stopped = new AbortController();
const stream = await ask('/v1/health:watch', '/v1/health:watch', {
  headers: { accept: 'application/x-ndjson', ...lastEventId },
  signal: stopped.signal,
});
let text = '';
for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
  text += part;
  if (text.includes('\n')) break;
}
stopped.abort();
const message: Message = JSON.parse(text.split('\n')[0]!);

const [first] = components;
process.stdout.write(
  JSON.stringify({
    id: first?.id,
    status: first?.health?.status,
    listedUpTo: revision,
    watched: message.snapshot?.components?.map(({ component }) => component),
    watchedUpTo: message.snapshot?.revision,
  }),
);
