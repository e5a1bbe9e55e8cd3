// What REST is measured against, in a process of its own: `node rest-reference.ts JSON`, a plain Fastify route that
// answers this JSON. Sends its port over IPC once it listens, and ends with its parent.
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

const answer: unknown = JSON.parse(process.argv[2] ?? '{}');

process.on('disconnect', () => process.exit());
const app = fastify();
app.get('/v1/components/:component/health', async () => answer);
await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.((app.server.address() as AddressInfo).port);
