// Services whose health libraries of Node answer, each on a port of its own: says `{"LIBRARY": port, …}` on its first line, and repeats each line
// `LIBRARY STATE` of its input once that service is so: up, degraded, down, stopping. Ends when its input does.
import 'reflect-metadata';
import { createServer, Server } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const states = new Map();
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

/** Each, with a way to ask for its state: its port, and what happens when the state is another one. */
const LIBRARIES = {
  async '@godaddy/terminus'(is) {
    const { createTerminus, HealthCheckError } = require('@godaddy/terminus');
    const server = createServer((_request, response) => response.end());
    createTerminus(server, {
      healthChecks: {
        async '/health'() {
          if (is('down')) throw new HealthCheckError('down', { db: { status: 'down' } });
          return { db: { status: 'up' }, cache: { status: is('degraded') ? 'down' : 'up' } };
        },
      },
      signals: ['SIGUSR2'],
      beforeShutdown: () => untilTheEnd,
    });
    const port = await portOf(server);
    return { port, become: () => is('stopping') && process.kill(process.pid, 'SIGUSR2') };
  },
  async '@cloudnative/health-connect'(is) {
    const { HealthChecker, HealthEndpoint, ReadinessCheck, ShutdownCheck } = require('@cloudnative/health-connect');
    const checker = new HealthChecker();
    const check = async () => {
      if (is('down')) throw broken();
    };
    checker.registerReadinessCheck(new ReadinessCheck('db', check));
    checker.registerShutdownCheck(new ShutdownCheck('drain', () => untilTheEnd));
    const answer = HealthEndpoint(checker);
    const port = await portOf(createServer((request, response) => answer(request, response, () => {})));
    return { port, become: () => is('stopping') && process.emit('SIGTERM') };
  },
  async lightship(is) {
    const { createLightship } = await import('lightship');
    const lightship = await createLightship({
      port: 0,
      detectKubernetes: false,
      // Another one here is stopped by them.
      signals: [],
      shutdownDelay: 0,
      terminate: () => {},
    });
    lightship.registerShutdownHandler(() => untilTheEnd);
    const { port } = lightship.server.address();
    const become = () => {
      if (is('up')) lightship.signalReady();
      else if (is('down')) lightship.signalNotReady();
      else if (is('stopping')) void lightship.shutdown();
    };
    become();
    return { port, become };
  },
  async '@fastify/under-pressure'(is) {
    const app = require('fastify')();
    await app.register(require('@fastify/under-pressure'), {
      exposeStatusRoute: '/health',
      healthCheck: async () => {
        if (is('down')) throw broken();
        return is('degraded') ? { status: 'degraded' } : true;
      },
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: app.server.address().port, become: () => is('stopping') && app.close() };
  },
  async '@nestjs/terminus'(is) {
    const { Controller, Get, Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    const { HealthCheckService, HealthIndicatorService, TerminusModule } = await import('@nestjs/terminus');
    // As the decorators of TypeScript would.
    class HealthController {
      constructor(health, indicators) {
        this.health = health;
        this.indicators = indicators;
      }
      check() {
        const db = this.indicators.check('db');
        const cache = this.indicators.check('cache');
        return this.health.check([
          () => (is('down') ? db.down({ message: 'connection refused' }) : db.up()),
          () => (is('degraded') ? cache.degraded('slow') : cache.up()),
        ]);
      }
    }
    Reflect.defineMetadata('design:paramtypes', [HealthCheckService, HealthIndicatorService], HealthController);
    Get()(HealthController.prototype, 'check', Object.getOwnPropertyDescriptor(HealthController.prototype, 'check'));
    Controller('health')(HealthController);
    class AppModule {}
    const terminus = TerminusModule.forRoot({ logger: false, gracefulShutdownTimeoutMs: 3_600_000 });
    Module({ imports: [terminus], controllers: [HealthController] })(AppModule);
    const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    return { port: app.getHttpServer().address().port, become: () => is('stopping') && void app.close('SIGTERM') };
  },
  async 'express-healthcheck'(is) {
    const test = (done) => done(is('down') ? { state: 'unhealthy' } : undefined);
    const answer = require('express-healthcheck')({ test });
    // What express adds to a response, as far as the library needs it.
    const server = createServer((request, response) => {
      response.status = (code) => {
        response.statusCode = code;
        return response;
      };
      response.json = (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      answer(request, response, () => {});
    });
    return { port: await portOf(server), become: () => is('stopping') && closed(server) };
  },
  async 'fastify-healthcheck'(is) {
    const app = require('fastify')();
    let looked = () => {};
    const underPressureOptions = {
      // It looks by itself, and takes what came in once this has returned.
      healthCheckInterval: 5,
      healthCheck: async () => {
        setImmediate(looked);
        return !is('down');
      },
    };
    await app.register(require('fastify-healthcheck'), { exposeUptime: true, underPressureOptions });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const become = async () => {
      if (is('stopping')) return app.close();
      await new Promise((resolve) => {
        looked = resolve;
      });
    };
    return { port: app.server.address().port, become };
  },
};

async function portOf(server) {
  await new Promise((resolve) => server.listen({ port: 0 }, resolve));
  return server.address().port;
}

function closed(server) {
  return new Promise((resolve) => server.close(resolve));
}

const ports = {};
const become = {};
for (const [library, start] of Object.entries(LIBRARIES)) {
  states.set(library, 'up');
  const service = await start((state) => states.get(library) === state);
  ports[library] = service.port;
  become[library] = service.become;
}
process.stdout.write(`${JSON.stringify(ports)}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [library, state] = line.split(' ');
  states.set(library, state);
  await become[library]();
  process.stdout.write(`${line}\n`);
}
isEnding();
process.exit(0);
