// Every way to call a method: each protocol, each encoding, both versions of HTTP, and each binding of REST.
import { create, type DescMethod, type MessageInitShape, toJson } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { Agent, fetch } from 'undici';
import { nearestName } from '../../src/core/nearest.ts';
import { readHttpBindings } from '../../src/protocols/rest/http-rule.ts';

/** A request of a method, with nothing but a component where the method asks for one. */
export interface Question {
  readonly method: DescMethod;
  readonly request: Readonly<Record<string, unknown>>;
}

/** How a call ended: `Ok`, or the name of its code. */
export type Ending = keyof typeof Code | 'Ok';

export interface Way {
  readonly name: string;
  takes(method: DescMethod): boolean;
  /** @param headers with the credential */
  call(question: Question, headers: Readonly<Record<string, string>>): Promise<Ending>;
}

export interface Ways {
  readonly all: readonly Way[];
  /** For what else is asked. */
  readonly agent: Agent;
  close(): void;
}

export interface Transports {
  readonly byName: Readonly<Record<string, Transport>>;
  close(): void;
}

/** What a client trusts, and the certificate that it shows. */
export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export function openTransports(baseUrl: string, tls?: ClientTls): Transports {
  const sessions = Array.from({ length: 3 }, () => new Http2SessionManager(baseUrl, undefined, tls));
  const [grpc, web, connect] = sessions as [Http2SessionManager, Http2SessionManager, Http2SessionManager];
  const http1 = { baseUrl, httpVersion: '1.1', ...(tls && { nodeOptions: tls }) } as const;
  const byName = {
    gRPC: createGrpcTransport({ baseUrl, sessionManager: grpc }),
    'gRPC, JSON': createGrpcTransport({ baseUrl, sessionManager: grpc, useBinaryFormat: false }),
    'gRPC-Web over HTTP/2': createGrpcWebTransport({ baseUrl, httpVersion: '2', sessionManager: web }),
    'gRPC-Web over HTTP/1.1': createGrpcWebTransport(http1),
    'Connect JSON over HTTP/2': createConnectTransport({ baseUrl, httpVersion: '2', sessionManager: connect }),
    'Connect JSON over HTTP/1.1': createConnectTransport(http1),
    'Connect proto over HTTP/1.1': createConnectTransport({ ...http1, useBinaryFormat: true }),
  };
  return { byName, close: () => sessions.forEach((session) => void session.abort()) };
}

export function openWays(baseUrl: string, tls?: ClientTls): Ways {
  const { byName, close } = openTransports(baseUrl, tls);
  const get = createConnectTransport({
    baseUrl,
    httpVersion: '1.1',
    useHttpGet: true,
    ...(tls && { nodeOptions: tls }),
  });
  const agent = new Agent(tls && { connect: { ...tls } });
  return {
    all: [
      ...Object.entries(byName).map(([name, transport]) => rpcWay(name, transport, isOneRequest)),
      rpcWay('Connect GET', get, (method) => method.methodKind === 'unary' && isSafe(method)),
      restWay(baseUrl, agent),
    ],
    agent,
    close() {
      close();
      void agent.destroy();
    },
  };
}

const isSafe = ({ idempotency }: DescMethod) => idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
const isOneRequest = ({ methodKind }: DescMethod) => methodKind === 'unary' || methodKind === 'server_streaming';

function rpcWay(name: string, transport: Transport, takes: Way['takes']): Way {
  return {
    name,
    takes,
    async call({ method, request }, headers) {
      const client = createClient(method.parent, transport) as Record<string, (...args: unknown[]) => unknown>;
      const controller = new AbortController();
      try {
        const answer = client[method.localName]!(request, { headers, signal: controller.signal });
        if (method.methodKind === 'unary') await answer;
        else await (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
        return 'Ok';
      } catch (error) {
        return Code[ConnectError.from(error).code] as Ending;
      } finally {
        controller.abort();
      }
    },
  };
}

function restWay(baseUrl: string, dispatcher: Agent): Way {
  return {
    name: 'REST',
    takes: (method) => isOneRequest(method) && readHttpBindings(method, nearestName).length > 0,
    async call({ method, request }, headers) {
      const message = toJson(method.input, create(method.input, request as MessageInitShape<typeof method.input>));
      const endings = new Set<Ending>();
      for (const { httpMethod, pattern, body } of readHttpBindings(method, nearestName)) {
        const path = pattern.replaceAll(/\{(\w+)[^}]*\}/g, (_, field) => String(request[field]));
        const controller = new AbortController();
        const response = await fetch(`${baseUrl}${path}`, {
          method: httpMethod,
          headers: { ...headers, 'content-type': 'application/json' },
          signal: controller.signal,
          dispatcher,
          ...(body !== undefined && { body: JSON.stringify(withoutPath(pattern, message as object)) }),
        });
        endings.add(response.ok ? 'Ok' : (Code[((await response.json()) as { code: number }).code] as Ending));
        controller.abort();
      }
      const [ending, ...others] = endings;
      if (ending === undefined || others.length > 0) throw new Error(`bindings differ: ${[...endings].join(', ')}`);
      return ending;
    },
  };
}

/** A field that the path has, the body may not have too. */
function withoutPath(pattern: string, message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([name]) => !pattern.includes(`{${name}`)));
}
