// Around every implementation, whatever protocol brings the call: requests against the rules of their .proto before, and
// what callers may see of a failure after. It wraps the implementations themselves. As Connect interceptors, these two would
// make a request and a response object for every call, which costs more than most of our answers do.
import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { type ErrorsToWire, toWireError } from '../errors/from-failure.ts';
import { createRequestCheck, type RequestValidator } from './assert-valid.ts';
import type { NewsStream, Reader } from './news-streams.ts';

export interface GuardOptions extends ErrorsToWire {
  /** Learns rules once: one per process. */
  readonly validator: RequestValidator;
}

type AnyImplementation = (request: Message, context: HandlerContext) => unknown;

/**
 * The same service, as far as it is implemented, whose methods refuse requests that break a rule with INVALID_REQUEST, and fail with errors of the
 * catalogue only.
 * @throws for a service with a method that takes a stream
 */
export function guardService<Desc extends DescService>(
  service: Desc,
  implementation: Partial<ServiceImpl<Desc>>,
  options: GuardOptions,
): Partial<ServiceImpl<Desc>> {
  const guarded: Record<string, AnyImplementation> = {};
  for (const method of service.methods) {
    const own = implementation[method.localName as keyof ServiceImpl<Desc>] as AnyImplementation | undefined;
    if (own !== undefined) guarded[method.localName] = guardMethod(method, own.bind(implementation), options);
  }
  return guarded as Partial<ServiceImpl<Desc>>;
}

function guardMethod(method: DescMethod, implementation: AnyImplementation, options: GuardOptions): AnyImplementation {
  const check = createRequestCheck(options.validator, method.input);
  switch (method.methodKind) {
    case 'unary':
      return (request, context) => {
        try {
          const checked = check(request);
          const answer = checked
            ? checked.then(() => implementation(request, context))
            : implementation(request, context);
          return answer instanceof Promise ? answer.catch(failAs(options, context)) : answer;
        } catch (error) {
          throw toWireError(error, context, options);
        }
      };
    case 'server_streaming':
      return (request, context) => {
        try {
          const start = () => implementation(request, context) as AsyncIterable<Message>;
          const checked = check(request);
          const answers = checked ? startAfter(checked, start) : start();
          return guardStream(answers[Symbol.asyncIterator](), failAs(options, context));
        } catch (error) {
          throw toWireError(error, context, options);
        }
      };
    default:
      throw new Error(`${method.parent.typeName}.${method.name}: methods that take a stream are not guarded`);
  }
}

async function* startAfter(checked: Promise<void>, start: () => AsyncIterable<Message>) {
  await checked;
  yield* start();
}

function failAs(options: GuardOptions, context: HandlerContext) {
  return (error: unknown): never => {
    throw toWireError(error, context, options);
  };
}

function guardStream(answers: AsyncIterator<Message>, fail: (error: unknown) => never): GuardedStream {
  return 'poll' in answers ? new GuardedNews(answers as NewsStream<Message>, fail) : new GuardedStream(answers, fail);
}

/** Not a generator, which would hold a second one for as long as a stream is open. */
class GuardedStream<Answers extends AsyncIterator<Message> = AsyncIterator<Message>>
  implements AsyncIterableIterator<Message>
{
  protected readonly answers: Answers;
  protected readonly fail: (error: unknown) => never;

  constructor(answers: Answers, fail: (error: unknown) => never) {
    this.answers = answers;
    this.fail = fail;
  }

  next(): Promise<IteratorResult<Message>> {
    return this.answers.next().catch(this.fail);
  }

  async return(): Promise<IteratorResult<Message>> {
    await this.answers.return?.().catch(this.fail);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

class GuardedNews extends GuardedStream<NewsStream<Message>> {
  poll(reader: Reader): Message | undefined {
    try {
      return this.answers.poll(reader);
    } catch (error) {
      return this.fail(error);
    }
  }
}
