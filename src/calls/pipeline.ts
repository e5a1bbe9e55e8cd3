// The one way of every call, whatever protocol it is of: matched, let in, read, with its deadline, invoked, encoded,
// compressed, ended, observed. Straight on Node's requests and HTTP/2 streams, with the implementations and interceptors that
// Connect's router has, and the same answers.
import type { ConnectError } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import { answerStream } from './answer-stream.ts';
import { answerUnary } from './answer-unary.ts';
import { type CallEnvironment, deadlineExceeded, RunningCall } from './call.ts';
import { COMPRESSIONS, createNegotiation } from './compression.ts';
import type { Exchange } from './exchange.ts';
import { isThenable } from './invoke.ts';
import type { Admission, Admit, Match, RequestReader } from './protocol.ts';
import { refusedReader } from './readers.ts';
import { type Answer, Receiver } from './receive.ts';

export interface PipelineOptions extends Omit<CallEnvironment, 'openSignals'> {
  /** Called with each call that begins, and at its very end. */
  readonly calls?: { opened(): void; closed(): void } | undefined;
  /** Why no call may begin; undefined while they may. */
  readonly refuse?: (() => ConnectError | undefined) | undefined;
  /** Whether a call may begin. It is read meanwhile where that takes time. */
  readonly admit: Admit;
}

export interface Pipeline {
  /** Answers the call. Whatever goes wrong in it ends it, and nothing else. */
  run(match: Match, exchange: Exchange): void;
}

export function createPipeline({ calls, refuse, admit, ...environment }: PipelineOptions): Pipeline {
  const shared: CallEnvironment = { ...environment, openSignals: new Set() };
  const { shutdown, openSignals } = shared;
  const negotiateByName = createNegotiation(COMPRESSIONS, false);
  const negotiateByQuality = createNegotiation(COMPRESSIONS, true);
  const negotiateGzip = createNegotiation([compressionGzip], true);
  const onClosed = () => calls?.closed();
  shutdown?.addEventListener('abort', () => {
    for (const call of openSignals) call.abort(shutdown.reason);
  });

  return {
    run(match, exchange) {
      const { route } = match;
      const { protocol } = route;
      const { headers } = exchange;
      const timeout = protocol.readTimeout(headers);
      const { acceptEncodingHeader } = protocol;
      const accepted = acceptEncodingHeader === undefined ? 'identity' : headers[acceptEncodingHeader];
      const negotiate = acceptEncodingHeader === 'accept-encoding' ? negotiateByQuality : negotiateByName;
      const compression = accepted === undefined || accepted === '' ? match.compression : negotiate(accepted);
      const takesGzip =
        protocol.gzipsBody &&
        compression === undefined &&
        exchange.method !== 'HEAD' &&
        negotiateGzip(headers['accept-encoding']) !== undefined;
      const call = new RunningCall(route, exchange, shared, timeout?.timeoutMs, compression, takesGzip);
      calls?.opened();
      const admission = admit(route.spec.method, exchange);
      const isPending = isThenable<Admission>(admission);
      if (!isPending) call.admission = admission;
      // What is over before it begins does nothing.
      const expired = timeout?.timeoutMs === 0 ? deadlineExceeded() : undefined;
      const fault = refuse?.() ?? call.admission?.refused ?? timeout?.error ?? expired;
      const reader = match.createReader(exchange, fault);
      new Receiver(call, reader, isPending ? answerLater(admission) : answer, onClosed).start();
    },
  };
}

/** The request is read meanwhile, and is thrown away where it is not let in. */
function answerLater(pending: Promise<Admission>): Answer {
  return (call, reader) => {
    const admitted = (admission: Admission) => {
      call.admission = admission;
      answer(call, admission.refused === undefined ? reader : refusedReader(admission.refused));
    };
    pending.then(admitted).catch((defect) => call.breakOff(defect));
  };
}

function answer(call: RunningCall, reader: RequestReader): void {
  const { route } = call;
  if (route.kind === 'unary') answerUnary(call, reader);
  else answerStream(call, route.protocol, reader);
}
