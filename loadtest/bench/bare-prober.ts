// What no prober on Node can do without: asks each port once in an interval, over a connection of its own, and looks at the JSON of the
// answer. By `node:http`, or by `node:net` and the least that reads an answer. As many begin together as in OpenK, since that is what
// a socket costs by. Started with what it asks by, the ports as JSON, how many targets they are, and the interval in seconds.
import { get } from 'node:http';
import { connect } from 'node:net';

const GRAIN_MS = 100;
const PER_TURN = 16;
const TIMEOUT_MS = 900;

const [by, portList = '[]', targets, intervalS] = process.argv.slice(2);
const ports: readonly number[] = JSON.parse(portList);
const ask = by === 'http' ? askByHttp : askByNet;
const grains = (Number(intervalS) * 1000) / GRAIN_MS;
const startedMs = performance.now();
const waiting: number[] = [];
let grain = 0;
tick();

function tick(): void {
  for (; performance.now() - startedMs >= grain * GRAIN_MS; grain++) {
    for (let target = grain % grains; target < Number(targets); target += grains) waiting.push(target);
  }
  for (const target of waiting.splice(0, PER_TURN)) ask(ports[target % ports.length]!);
  const waitMs = startedMs + grain * GRAIN_MS - performance.now();
  setTimeout(tick, waiting.length > 0 ? 0 : Math.max(0, waitMs));
}

function askByHttp(port: number): void {
  const options = { host: '127.0.0.1', port, agent: false, headers: { connection: 'close' } };
  const request = get(options, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    answer.on('end', () => {
      clearTimeout(timer);
      judge(answer.statusCode, text);
    });
  }).on('error', fail);
  const timer = setTimeout(() => request.destroy(new Error('no answer')), TIMEOUT_MS);
}

function askByNet(port: number): void {
  let text = '';
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    .on('error', fail)
    .on('connect', () =>
      socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`, 'latin1'),
    )
    .on('data', (bytes) => {
      text += bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n') + 4;
      if (end < 4 || text.length < end + Number(/^content-length: *(\d+)/im.exec(text)?.[1])) return;
      clearTimeout(timer);
      socket.destroy();
      judge(Number(text.slice(9, 12)), text.slice(end));
    });
  const timer = setTimeout(() => socket.destroy(new Error('no answer')), TIMEOUT_MS);
}

function judge(status: number | undefined, text: string): void {
  if (status !== 200 || JSON.parse(text).status !== 'up') fail(new Error(`answered ${status}: ${text}`));
}

function fail({ message }: Error): void {
  console.error(message);
}
