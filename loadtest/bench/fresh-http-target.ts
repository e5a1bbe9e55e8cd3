// What benches of probes ask, in a process of its own. Started by fork; sends its ports, says how many requests came when
// it is sent anything, and ends with its parent.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SERVERS = 40;

process.on('disconnect', () => process.exit());
const ports: number[] = [];
let asked = 0;
for (let server = 0; server < SERVERS; server++) {
  const listening = createServer((_request, response) => {
    asked++;
    response.setHeader('content-type', 'application/json');
    response.end('{"status":"up","parts":{"db":"up","queue":"up"}}');
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  ports.push((listening.address() as AddressInfo).port);
}
process.on('message', () => process.send?.(asked));
process.send?.(ports);
