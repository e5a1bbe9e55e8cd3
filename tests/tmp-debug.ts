import { startServer } from './server/harness.ts';
import { WIRE_CLIENT_KINDS } from './support/wire-clients.ts';
for (const t of ['cleartext','tls'] as const) {
  for (const kind of WIRE_CLIENT_KINDS) {
    const test = await startServer(t);
    const c = kind.open(test.url, test.ca);
    const timeout = Symbol();
    const r = await Promise.race([c.unary('x'.repeat(100_000)), new Promise(r => setTimeout(r, 1500, timeout))]);
    const r2 = r === timeout ? 'skipped' : await Promise.race([c.stream('x'.repeat(100_000)), new Promise(r => setTimeout(r, 1500, timeout))]);
    console.log(t, kind.name, r === timeout ? 'HANG' : (r as any).code, r2 === timeout ? 'HANG' : (r2 as any).code, test.server.connections(), test.server.openCalls());
    await c.close();
    await new Promise(r => setTimeout(r, 100));
    console.log('   after close', test.server.connections(), test.server.openCalls());
    console.time('close'); await test.server.close(); console.timeEnd('close');
  }
}
