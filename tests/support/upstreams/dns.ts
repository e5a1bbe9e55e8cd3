// A name server on loopback (UDP) that answers from a table.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';

/** What is said about one question: records, a failure, or nothing at all. */
export type DnsReply = readonly Answer[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'silence' | 'garbage';

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

export interface DnsUpstream {
  /** IP:PORT. */
  readonly address: string;
  /** `TYPE name` of each question so far. */
  readonly questions: readonly string[];
  /** Settles once a question has come. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

/** `table` by `TYPE name`; what is not in it does not exist. */
export async function startDns(table: Readonly<Record<string, DnsReply>>): Promise<DnsUpstream> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  const firstQuestion = once(socket, 'question');
  socket.on('message', (message, peer) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    const key = `${question?.type} ${question?.name}`;
    questions.push(key);
    socket.emit('question');
    const reply = table[key] ?? 'NXDOMAIN';
    if (reply === 'silence') return;
    socket.send(
      reply === 'garbage' ? Buffer.from('this is no DNS message') : encodeReply(query, reply),
      peer.port,
      peer.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    asked: async () => void (await firstQuestion),
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function encodeReply(query: Packet, reply: readonly Answer[] | keyof typeof RCODES): Buffer {
  const rcode = typeof reply === 'string' ? RCODES[reply] : 0;
  return encode({
    type: 'response',
    id: query.id ?? 0,
    // The response code is the low four bits of the flags (RFC 1035, section 4.1.1).
    flags: RECURSION_DESIRED | rcode,
    questions: query.questions ?? [],
    answers: typeof reply === 'string' ? [] : [...reply],
  });
}
