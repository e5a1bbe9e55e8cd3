// Pages that are the same for everybody, and that very many read at once, are answered as calls are: on Node's own objects,
// without Fastify's (ADR 84). Fastify makes each of these answers; it is kept for as long as its page is as it was, and sent as it is to all
// whose request has nothing that could make it another. Calls go before them: few of them are sent in one turn of the event loop.
import type { IncomingHttpHeaders } from 'node:http';
import { Body } from '../calls/envelope.ts';
import type { Exchange, ExchangeListener, RawHeaders } from '../calls/exchange.ts';
import { isThenable } from '../calls/invoke.ts';
import type { OpenCalls } from '../calls/open-calls.ts';
import type { Admission, RequestHead } from '../calls/protocol.ts';
import { takesGzip } from '../pages/content-encoding.ts';
import type { AnswerHeaders, KeepAnswer, KeptPage } from '../pages/status-routes.ts';
import { createFairWakeUps, type FairWakeUps } from '../services/fair-wake-ups.ts';
import { CHANGE_MS } from '../status/live-pages.ts';
import type { EdgeVisit } from '../telemetry/calls/observe-calls.ts';
import type { OnDefect } from './defects.ts';
import { CLIENT_CLOSED_REQUEST, type Visit } from './observe-request.ts';

/** What Fastify, its hooks or a route look at; all else makes no difference to such a page. */
const DECISIVE = [
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'if-none-match',
  'origin',
  'range',
  'transfer-encoding',
  'x-api-key',
] as const;

/** Pages and their forms are few. */
const MAX_TARGETS = 1_000;
/** A tenth of a millisecond; a turn more costs next to nothing. */
const ANSWERS_PER_TURN = 2;

interface SharedAnswer {
  readonly headers: RawHeaders;
  readonly body: Body;
  readonly page: KeptPage;
  /** When its page was last found to be as it is. */
  currentAtMs: number;
  /** Whether a reader has gone to get the next one made. */
  isBeingReplaced: boolean;
}

export interface SharedAnswersOptions {
  /** Whether it has to be refused, by who says so in the words of its protocol. */
  readonly mustRefuse: (head: RequestHead) => boolean;
  readonly admit: (exchange: Exchange) => Admission | Promise<Admission>;
  readonly visit: Visit | undefined;
  readonly calls: Pick<OpenCalls, 'opened' | 'closed'>;
  readonly monotonicMs: () => number;
  readonly onDefect: OnDefect;
}

export interface SharedAnswers {
  readonly keep: KeepAnswer;
  /** Whether the request is answered. @param open called at the most once, where there is an answer for it */
  take(head: RequestHead, open: () => Exchange): boolean;
}

export function createSharedAnswers(options: SharedAnswersOptions): SharedAnswers {
  const { mustRefuse, admit, visit, calls, monotonicMs, onDefect } = options;
  const turns = createFairWakeUps(ANSWERS_PER_TURN);
  const kept = new Map<string, { gzip?: SharedAnswer; identity?: SharedAnswer }>();
  const codingOf = (headers: IncomingHttpHeaders) => (takesGzip(headers['accept-encoding']) ? 'gzip' : 'identity');
  const isPlain = ({ method, headers }: Pick<RequestHead, 'method' | 'headers'>) =>
    method === 'GET' && DECISIVE.every((name) => headers[name] === undefined);
  const onClosed = () => calls.closed();
  /** After a change one reader gets the next answer made, and the others have this one meanwhile: they would all wait for the same. */
  const findUse = (answer: SharedAnswer): 'send' | 'replace' | 'forget' => {
    const nowMs = monotonicMs();
    if (answer.page.isGone()) return 'forget';
    if (answer.page.isCurrent()) {
      answer.currentAtMs = nowMs;
      return 'send';
    }
    // A page is no further behind than that with readers than without.
    if (nowMs - answer.currentAtMs > CHANGE_MS) return 'forget';
    if (answer.isBeingReplaced) return 'send';
    answer.isBeingReplaced = true;
    return 'replace';
  };

  return {
    keep({ method, url, headers }, answerHeaders, body, page) {
      if (!isPlain({ method, headers }) || url.includes('?')) return;
      // While it was made there may have come another.
      if (page.isGone() || !page.isCurrent()) return;
      if (kept.size >= MAX_TARGETS) kept.clear();
      const raw = [...toRaw(answerHeaders), 'content-length', String(body.length)];
      kept.set(url, {
        ...kept.get(url),
        [codingOf(headers)]: {
          headers: raw,
          body: new Body(body),
          page,
          currentAtMs: monotonicMs(),
          isBeingReplaced: false,
        } satisfies SharedAnswer,
      });
    },
    take(head, open) {
      const answer = kept.get(head.target)?.[codingOf(head.headers)];
      if (answer === undefined || !isPlain(head) || mustRefuse(head)) return false;
      const use = findUse(answer);
      // With what it holds on to.
      if (use === 'forget') kept.delete(head.target);
      if (use !== 'send') return false;
      const exchange = open();
      const admission = admit(exchange);
      if (isThenable<Admission>(admission) || admission.refused !== undefined) return false;
      calls.opened();
      const edge = visit?.({
        httpMethod: head.method,
        path: head.target,
        headers: head.headers,
        scheme: exchange.socket !== undefined && 'encrypted' in exchange.socket ? 'https' : 'http',
        peer: exchange.peer,
      });
      exchange.listen(new SharedVisit(exchange, answer, edge, turns, onDefect, onClosed));
      return true;
    },
  };
}

/** A request, until its answer is out. */
class SharedVisit implements ExchangeListener {
  readonly #exchange: Exchange;
  readonly #answer: SharedAnswer;
  readonly #edge: EdgeVisit | undefined;
  readonly #turns: FairWakeUps;
  readonly #onDefect: OnDefect;
  readonly #onClosed: () => void;
  #isAnswered = false;

  constructor(
    exchange: Exchange,
    answer: SharedAnswer,
    edge: EdgeVisit | undefined,
    turns: FairWakeUps,
    onDefect: OnDefect,
    onClosed: () => void,
  ) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.#edge = edge;
    this.#turns = turns;
    this.#onDefect = onDefect;
    this.#onClosed = onClosed;
  }

  /** It announced none. */
  onData(): void {}

  onEnd(): void {
    this.#turns.add(this);
  }

  /** When it is its turn. */
  resume(): void {
    if (this.#isAnswered || this.#exchange.isClosed) return;
    this.#isAnswered = true;
    try {
      this.#exchange.start(200, [...this.#answer.headers]);
      this.#exchange.end(this.#answer.body, undefined);
    } catch (defect) {
      this.#onDefect(defect);
      this.#exchange.destroy();
    }
  }

  onClose(): void {
    const httpStatus = this.#isAnswered ? 200 : CLIENT_CLOSED_REQUEST;
    try {
      this.#edge?.end({ httpStatus, grpcStatus: undefined });
    } catch (defect) {
      this.#onDefect(defect);
    } finally {
      this.#onClosed();
    }
  }
}

function toRaw(headers: AnswerHeaders): RawHeaders {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [String(value)]).flatMap((each) => [name, each]);
  });
}
