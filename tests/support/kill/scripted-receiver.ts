// A receiver of webhooks that answers by a script: it takes, refuses, is busy, lies, cuts connections and hangs. It remembers
// everything that came, and what it said to it.
import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** What it does with a request. */
export type Behaviour =
  | 'accept'
  /** 400: nothing like this is ever taken. */
  | 'refuse'
  | 'fail'
  /** 429, and to be tried again in a second. */
  | 'busy'
  /** Takes it and answers 500. */
  | 'lie'
  /** Takes it and closes the connection. */
  | 'cut'
  /** Takes it and says nothing. */
  | 'hang';

const TAKES: ReadonlySet<Behaviour> = new Set(['accept', 'lie', 'cut', 'hang']);

export interface Received {
  /** The path of the request: which channel it came through. */
  readonly channel: string;
  /** `webhook-id` */
  readonly id: string;
  readonly type: string;
  readonly alert: string;
  readonly component: string;
  readonly behaviour: Behaviour;
  /** By performance.now(), and in which life of its sender. */
  readonly atMs: number;
  readonly life: number;
  /** Whoever asks would say that it arrived. */
  readonly isTaken: boolean;
}

export interface ScriptedReceiver {
  readonly port: number;
  readonly received: readonly Received[];
  /** Called for each request. */
  behave: (channel: string) => Behaviour;
  onReceived: () => void;
  /** Of whoever sends. */
  life: number;
  close(): void;
}

export async function startScriptedReceiver(): Promise<ScriptedReceiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const channel = (request.url ?? '/').slice(1);
    try {
      const { type, data } = (await json(request)) as Body;
      const behaviour = receiver.behave(channel);
      const id = String(request.headers['webhook-id']);
      const { id: alert, component } = data.alert;
      const when = { atMs: performance.now(), life: receiver.life };
      received.push({ channel, id, type, alert, component, behaviour, ...when, isTaken: TAKES.has(behaviour) });
      answer(response, behaviour);
      receiver.onReceived();
    } catch {
      // Its sender was killed on the way.
      response.destroy();
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  const receiver: ScriptedReceiver = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    behave: () => 'accept',
    onReceived() {},
    life: 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}

interface Body {
  readonly type: string;
  readonly data: { readonly alert: { readonly id: string; readonly component: string } };
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  switch (behaviour) {
    case 'accept':
      response.writeHead(204).end();
      return;
    case 'refuse':
      response.writeHead(400).end();
      return;
    case 'busy':
      response.writeHead(429, { 'retry-after': '1' }).end();
      return;
    case 'fail':
    case 'lie':
      response.writeHead(500).end();
      return;
    case 'cut':
      response.destroy();
      return;
    case 'hang':
  }
}
