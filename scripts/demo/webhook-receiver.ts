// Takes what a webhook of alerts is sent, and says each in a line.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen, type Upstream } from './upstreams.ts';

interface Message {
  readonly type: string;
  readonly data: {
    readonly alert: { readonly component: string; readonly status: string; readonly consequences: string[] };
  };
}

export function startWebhookReceiver(print: (line: string) => void): Promise<Upstream> {
  return listen(
    createServer(async (request, response) => {
      const message = (await json(request).catch(() => undefined)) as Message | undefined;
      response.writeHead(message === undefined ? 400 : 204).end();
      if (message === undefined) return;
      const { type, data } = message;
      const { component, status, consequences } = data.alert;
      const more = consequences.length === 0 ? '' : `, and with it ${consequences.join(', ')}`;
      print(`${new Date().toISOString()} ${type} ${component} is ${status}${more}`);
    }),
  );
}
