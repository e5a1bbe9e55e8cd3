// A service whose health a library of Node answers: `node program.mjs LIBRARY` says its port on its first line, and becomes what each line of
// its input says: up, degraded, down, stopping. It ends when its input does.
import { createServer, Server } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
let state = 'up';
let isEnding = () => {};
const untilTheEnd = new Promise((resolve) => {
  isEnding = resolve;
});
const broken = () => new Error('connection refused');

// Some listen on every interface of the machine.
const { listen } = Server.prototype;
Server.prototype.listen = function listenOnLoopback(options, ...rest) {
  const isOptions = typeof options === 'object' && options !== null;
  return listen.call(this, isOptions ? { ...options, host: '127.0.0.1' } : options, ...rest);
};

/** Each: the port, and what happens when the state is another one. */
const LIBRARIES = {
  async '@godaddy/terminus'() {
    const { createTerminus, HealthCheckError } = require('@godaddy/terminus');
    const server = createServer((_request, response) => response.end());
    createTerminus(server, {
      healthChecks: {
        async '/health'() {
          if (state === 'down') throw new HealthCheckError('down', { db: { status: 'down' } });
          return { db: { status: 'up' }, cache: { status: state === 'degraded' ? 'down' : 'up' } };
        },
      },
      signals: ['SIGUSR2'],
      beforeShutdown: () => untilTheEnd,
    });
    const port = await portOf(server);
    return { port, become: () => state === 'stopping' && process.kill(process.pid, 'SIGUSR2') };
  },
  async '@cloudnative/health-connect'() {
    const { HealthChecker, HealthEndpoint, ReadinessCheck, ShutdownCheck } = require('@cloudnative/health-connect');
    const checker = new HealthChecker();
    const check = async () => {
      if (state === 'down') throw broken();
    };
    checker.registerReadinessCheck(new ReadinessCheck('db', check));
    checker.registerShutdownCheck(new ShutdownCheck('drain', () => untilTheEnd));
    const answer = HealthEndpoint(checker);
    const port = await portOf(createServer((request, response) => answer(request, response, () => {})));
    return { port, become: () => state === 'stopping' && process.emit('SIGTERM') };
  },
  async lightship() {
    const { createLightship } = await import('lightship');
    const lightship = await createLightship({
      port: 0,
      detectKubernetes: false,
      shutdownDelay: 0,
      terminate: () => {},
    });
    lightship.registerShutdownHandler(() => untilTheEnd);
    const { port } = lightship.server.address();
    const become = () => {
      if (state === 'up') lightship.signalReady();
      else if (state === 'down') lightship.signalNotReady();
      else if (state === 'stopping') void lightship.shutdown();
    };
    become();
    return { port, become };
  },
  async '@fastify/under-pressure'() {
    const app = require('fastify')();
    await app.register(require('@fastify/under-pressure'), {
      exposeStatusRoute: '/health',
      healthCheck: async () => {
        if (state === 'down') throw broken();
        return state === 'degraded' ? { status: 'degraded' } : true;
      },
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: app.server.address().port, become: () => {} };
  },
};

async function portOf(server) {
  await new Promise((resolve) => server.listen({ port: 0 }, resolve));
  return server.address().port;
}

const { port, become } = await LIBRARIES[process.argv[2]]();
process.stdout.write(`${port}\n`);
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  state = line;
  become();
  process.stdout.write(`${state}\n`);
});
input.on('close', () => {
  isEnding();
  process.exit(0);
});
