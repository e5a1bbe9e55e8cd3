// REST as google.api.http defines it (google/api/http.proto), for any services: which requests are calls of which method, and
// which have a path of REST and are none. Knows descriptors, and nothing of what the services are about.
import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { Exchange } from '../../calls/exchange.ts';
import type { CallsOptions, RecordedMethod } from '../../calls/methods.ts';
import type { FindCall, Match, RequestHead, RequestReader, Route } from '../../calls/protocol.ts';
import { freezeMessage, Repeated } from '../../calls/repeated.ts';
import { refusal } from '../../errors/to-connect.ts';
import type { BodyContext } from './bind-body.ts';
import { bindRequest, type RequestParts } from './bind-request.ts';
import { type HttpBinding, HttpRuleError, readHttpBindings } from './http-rule.ts';
import { createPathRouter } from './path-router.ts';
import { createResponseEncoder } from './response-json.ts';
import { restStream, restUnary } from './rest-protocol.ts';
import { type RestInput, RestReader, type RestTarget } from './rest-reader.ts';
import type { ResumableStream } from './resume.ts';
import { chooseStreamFormat, STREAM_FORMATS } from './stream-format.ts';
import { splitTarget } from './target.ts';

export interface RestCallsOptions extends CallsOptions, BodyContext {
  readonly resumable: readonly ResumableStream[];
}

export interface RestCalls {
  readonly find: FindCall;
  /** Why a request with a path of REST is no call; undefined for other paths. */
  refusalOf(head: Pick<RequestHead, 'method' | 'target'>): ConnectError | undefined;
  /** Of all bindings, for whoever must know them before the first request; `*` stands for any. */
  readonly httpMethods: ReadonlySet<string>;
  /** First segments of all paths; an empty one for paths that begin with a wildcard. */
  readonly firstSegments: readonly string[];
}

/** @throws HttpRuleError for a rule that cannot be served, and for two methods on one path. */
export function createRestCalls(options: RestCallsOptions): RestCalls {
  const router = createPathRouter<BindingCalls>();
  const httpMethods = new Set<string>();
  for (const recorded of options.methods) {
    const { kind, method } = recorded.spec;
    if (kind !== 'unary' && kind !== 'server_streaming') continue;
    for (const binding of readHttpBindings(method, options.nearestName)) {
      const { httpMethod, template } = binding;
      const present = router.add(httpMethod, template, new BindingCalls(binding, recorded, options));
      if (present !== undefined) throw new HttpRuleError(conflict(binding, present.binding));
      httpMethods.add(httpMethod);
    }
  }

  const findPlace = ({ method, target, headers }: RequestHead): RestMatch | undefined => {
    const { path, query } = splitTarget(target);
    const found = router.find(method, path);
    if (found.kind !== 'found') return undefined;
    return new RestMatch(found.route, { segments: found.segments, query }, headers.accept);
  };
  /** Of one document: which stream a request is answered with depends on more than its target. */
  const knownGets = new Repeated<RestMatch>();

  return {
    httpMethods,
    firstSegments: router.firstSegments(),
    find(head) {
      if (head.method !== 'GET') return findPlace(head);
      const known = knownGets.get(head.target);
      if (known !== undefined) return known;
      const match = findPlace(head);
      if (match?.route.kind === 'unary') knownGets.set(head.target, match);
      return match;
    },
    refusalOf({ method, target }) {
      const { path } = splitTarget(target);
      const found = router.find(method, path);
      if (found.kind === 'found') return undefined;
      if (found.kind === 'method-not-allowed') {
        return refusal('METHOD_NOT_ALLOWED', { method, path, allowed: found.allowed });
      }
      return router.owns(path) ? refusal('PATH_NOT_FOUND', { method, path }) : undefined;
    },
  };
}

/** What the calls by one binding have in common. */
class BindingCalls {
  readonly binding: HttpBinding;
  readonly input: RestInput;
  readonly #routes: Readonly<Record<'document' | keyof typeof STREAM_FORMATS, Route>>;

  constructor(binding: HttpBinding, { spec, options: { interceptors } }: RecordedMethod, options: RestCallsOptions) {
    const { registry, resumable, observe } = options;
    const resume = resumable.find(({ method }) => method === spec.method);
    const common = {
      spec,
      interceptors: interceptors ?? options.interceptors,
      encode: createResponseEncoder(binding, registry),
      observe: observe?.(spec.method, 'rest'),
    };
    const streamOf = (name: keyof typeof STREAM_FORMATS): Route => ({
      ...common,
      kind: 'server_streaming',
      protocol: restStream(STREAM_FORMATS[name], resume, registry),
    });
    this.binding = binding;
    this.input = { ...options, binding, resume };
    this.#routes = {
      document: { ...common, kind: 'unary', protocol: restUnary(registry) },
      events: streamOf('events'),
      lines: streamOf('lines'),
    };
  }

  routeFor(accept: string | undefined): Route {
    const isUnary = this.binding.method.methodKind === 'unary';
    return this.#routes[isUnary ? 'document' : chooseStreamFormat(accept)];
  }
}

class RestMatch implements Match, RestTarget {
  readonly route: Route;
  readonly #input: RestInput;
  readonly #parts: Omit<RequestParts, 'body'>;
  /** Where requests can share it. */
  #message: Message | undefined;

  constructor(binding: BindingCalls, parts: Omit<RequestParts, 'body'>, accept: string | undefined) {
    this.route = binding.routeFor(accept);
    this.#input = binding.input;
    this.#parts = parts;
  }

  createReader(exchange: Exchange, fault: ConnectError | undefined): RequestReader {
    return new RestReader(this.#input, this, exchange, fault);
  }

  message(): Message {
    if (this.#message !== undefined) return this.#message;
    const message = this.bind(undefined);
    if (freezeMessage(message)) this.#message = message;
    return message;
  }

  bind(body: Buffer | undefined): Message {
    return bindRequest(this.#input.binding, { ...this.#parts, body }, this.#input);
  }
}

function conflict(one: HttpBinding, other: HttpBinding): string {
  return `google.api.http: ${describe(one)} and ${describe(other)} take the same requests`;
}

function describe({ method, httpMethod, pattern }: HttpBinding): string {
  return `${method.parent.typeName}.${method.name} (${httpMethod} ${pattern})`;
}
