// The probe kind `tcp`: connects, with TLS where asked; sends a text and reads the beginning of the answer where asked.
import type { Socket } from 'node:net';
import { RE2JS } from '@bufbuild/re2';
import type { TcpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Reason } from '../core/observation.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import { closed } from './dial.ts';
import { assertNoFaults } from './faults.ts';
import { parseHostPort } from './host-port.ts';
import type { ProbeFault, ProbeKind } from './probe.ts';
import { failure, printable, reason } from './reason.ts';

/** How much of an answer is read, in bytes. */
const MAX_ANSWER_BYTES = 4096;

export const tcpProbe: ProbeKind<TcpProbe> = {
  kind: 'tcp',
  host: ({ target }) => parseHostPort(target).host,
  check,
  create(options, { clock, dialer }) {
    assertNoFaults('tcp', check(options));
    const target = parseHostPort(options.target);
    const tls = options.tls && createClientTls(options.tls);
    const connect = (signal: AbortSignal) =>
      tls ? dialer.dialTls(target, tls.connectOptions(target.host), signal) : dialer.dial(target, signal);
    const pattern = options.expect === '' ? undefined : new RE2JS(options.expect);

    return {
      async run({ signal }) {
        const startedMs = clock.monotonicMs();
        const elapsedMs = () => clock.monotonicMs() - startedMs;
        let socket: Socket | undefined;
        const stop = () => socket?.destroy(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        try {
          const dialed = await connect(signal);
          socket = dialed.socket;
          signal.throwIfAborted();
          const fault = await converse(socket, options, pattern);
          const latencyMs = elapsedMs();
          if (fault !== undefined) return { outcome: 'UNHEALTHY', reason: fault, latencyMs, phases: dialed.phases };
          return {
            outcome: 'HEALTHY',
            reason: reason('OK', pattern ? 'answered as expected' : 'connected'),
            latencyMs,
            phases: dialed.phases,
          };
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          return failure(error, options.target, elapsedMs());
        } finally {
          signal.removeEventListener('abort', stop);
          if (socket) await closed(socket);
        }
      },
      // A socket does not outlive its run.
      close: async () => {},
    };
  },
};

function check(options: TcpProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  try {
    new RE2JS(options.expect);
  } catch (error) {
    // What stands between the quotes is of the expression, into which a variable may have brought a secret.
    const kind = (error as Error).message.replace(/: `.*$/s, '');
    faults.push({ path: ['expect'], message: `is no RE2 expression: ${printable(kind, 200)}` });
  }
  return [...faults, ...checkClientTls(options.tls, ['tls'])];
}

/**
 * Sends and reads. Resolves with what is wrong with the answer, undefined when it is as expected.
 * @throws the error of the socket
 */
function converse(socket: Socket, options: TcpProbe, pattern: RE2JS | undefined): Promise<Reason | undefined> {
  const mismatch = () => reason('EXPECTATION_FAILED', `the answer does not match ${printable(options.expect, 200)}`);
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    socket.once('error', reject);
    // The peer has said all that it will.
    const onEnd = () => {
      if (answer.length > 0) resolve(mismatch());
      else resolve(reason('CONNECTION_CLOSED', `${options.target} closed the connection before it had answered`));
    };
    if (pattern !== undefined) {
      socket.once('end', onEnd);
      socket.on('data', (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk.subarray(0, MAX_ANSWER_BYTES - answer.length)]);
        // RE2 takes linear time, whatever the target sends.
        if (pattern.test(answer.toString('utf8'))) resolve(undefined);
        else if (answer.length === MAX_ANSWER_BYTES) resolve(mismatch());
      });
    }
    const onSent = (error?: Error | null) => {
      if (error) reject(error);
      else if (pattern === undefined) resolve(undefined);
    };
    if (options.send === '') onSent();
    else socket.write(options.send, onSent);
  });
}
