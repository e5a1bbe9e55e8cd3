// The service of the test proto behind the real port: it answers with what was bound, and ends streams as it is told.
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { EchoSchema, type Everything, NestedSchema, RestService } from '../../gen/openk/test/v1/rest_pb.ts';
import { startServer, type TestServer } from '../../transport/harness.ts';

export interface RestWorld extends TestServer {
  /** Calls of streams: how many messages were asked of the handler, and whether it has ended. */
  readonly stream: { asked: number; ended: Promise<void> };
  /** Settles with the reason when a hanging call is aborted. */
  readonly hanging: { readonly started: Promise<void>; readonly aborted: Promise<unknown> };
}

export async function startRestWorld(overrides: Parameters<typeof startServer>[1] = {}): Promise<RestWorld> {
  const ended = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const stream = { asked: 0, ended: ended.promise };
  const echo = (bound: Everything, context: HandlerContext) => {
    const { method, requestHeader } = context;
    const said = requestHeader.get('x-say');
    if (said !== null) {
      context.responseHeader.set('x-said', said);
      context.responseTrailer.set('x-said-last', said);
    }
    return create(EchoSchema, { bound, method: method.name });
  };

  const routes = (router: ConnectRouter) => {
    router.service(RestService, {
      query: echo,
      resource: echo,
      typed: echo,
      whole: echo,
      part: echo,
      start: echo,
      literal: echo,
      variable: echo,
      items: (bound, context) => ({
        ...echo(bound, context),
        items: bound.texts,
        note: bound.text,
        any: anyPack(NestedSchema, create(NestedSchema, { name: 'packed' })),
      }),
      fail({ text }, { responseHeader }) {
        responseHeader.set('x-lost', '1');
        if (text === 'defect') throw new Error('secret of the inside');
        throw new ConnectError(`failed as told: ${text}`, Code[text as keyof typeof Code], { 'x-failure': text });
      },
      async hang(_request, { signal }) {
        started.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted.resolve(signal.reason);
        throw signal.reason;
      },
      async *stream({ count, since, fails, stays, filling }, { signal, responseHeader }) {
        responseHeader.set('x-stream', 'yes');
        try {
          for (let index = 1; index <= count; index++) {
            stream.asked++;
            yield { revision: since + BigInt(index), filling: 'x'.repeat(filling) };
          }
          if (fails) throw new ConnectError('failed as told', Code.Aborted);
          if (stays)
            await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        } finally {
          ended.resolve();
        }
      },
    });
  };
  const server = await startServer('cleartext', { routes, ...overrides });
  return { ...server, stream, hanging: { started: started.promise, aborted: aborted.promise } };
}
