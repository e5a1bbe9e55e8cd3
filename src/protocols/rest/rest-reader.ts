// The request of a call by REST: a body within its limit, the query and the path, as the message of the method.
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { COMPRESSIONS, compressionNamed, decompress } from '../../calls/compression.ts';
import type { Exchange } from '../../calls/exchange.ts';
import { isThenable } from '../../calls/invoke.ts';
import type { CallsOptions } from '../../calls/methods.ts';
import type { RequestReader } from '../../calls/protocol.ts';
import { invalidField, refusal } from '../../errors/to-connect.ts';
import { mediaTypeOf } from '../media-type.ts';
import type { BodyContext } from './bind-body.ts';
import type { HttpBinding } from './http-rule.ts';
import { bindLastEventId, LAST_EVENT_ID, type ResumableStream } from './resume.ts';

/** What the requests of a binding have in common. */
export interface RestInput extends BodyContext, Pick<CallsOptions, 'requestBytes'> {
  readonly binding: HttpBinding;
  /** Where a reader of the answers may go on. */
  readonly resume: ResumableStream | undefined;
}

/** What a target asks for: the requests with it differ in their bodies alone. */
export interface RestTarget {
  /** Of a request without a body. Not to be changed. @throws INVALID_REQUEST */
  message(): Message;
  /** @throws INVALID_REQUEST */
  bind(body: Buffer | undefined): Message;
}

export class RestReader implements RequestReader {
  readonly #input: RestInput;
  readonly #target: RestTarget;
  readonly #headers: Exchange['headers'];
  #fault: ConnectError | undefined;
  readonly #chunks: Buffer[] = [];
  #count = 0;

  /** @param fault what is wrong before anything is read */
  constructor(input: RestInput, target: RestTarget, exchange: Exchange, fault: ConnectError | undefined) {
    this.#input = input;
    this.#target = target;
    this.#headers = exchange.headers;
    this.#fault = fault ?? (exchange.announcesBody ? this.#findHeaderFault() : undefined);
  }

  #findHeaderFault(): ConnectError | undefined {
    const length = Number(this.#headers['content-length'] ?? 0);
    return this.#findMediaFault() ?? (length > this.#input.requestBytes ? this.#tooLarge() : undefined);
  }

  #findMediaFault(): ConnectError | undefined {
    if (this.#input.binding.body === undefined) return undefined;
    const { 'content-type': contentType, 'content-encoding': encoding } = this.#headers;
    if (contentType === undefined || mediaTypeOf(contentType) !== JSON_TYPE) {
      return refusal('UNSUPPORTED_CONTENT_TYPE', { contentType, accepted: [JSON_TYPE] });
    }
    if (encoding === undefined || IDENTITY.test(encoding) || compressionOf(encoding) !== undefined) return undefined;
    return refusal('UNSUPPORTED_CONTENT_ENCODING', { encoding, accepted: COMPRESSIONS.map(({ name }) => name) });
  }

  #tooLarge(): ConnectError {
    return refusal('BODY_TOO_LARGE', { maxBytes: this.#input.requestBytes });
  }

  get isRefused(): boolean {
    return this.#fault !== undefined;
  }

  push(chunk: Buffer): boolean {
    if (this.#fault !== undefined) return true;
    this.#count += chunk.length;
    this.#chunks.push(chunk);
    if (this.#count > this.#input.requestBytes) this.#fault = this.#tooLarge();
    return this.#fault !== undefined;
  }

  end(): void {}

  message(): Message | Promise<Message> {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#count === 0) return this.#bind(undefined);
    const body = Buffer.concat(this.#chunks);
    const compression = compressionOf(this.#headers['content-encoding']);
    if (compression === undefined) return this.#bind(body);
    const opened = decompress(compression, body, this.#input.requestBytes);
    if (!isThenable<Buffer>(opened)) return this.#bind(opened);
    return opened.then(
      (bytes) => this.#bind(bytes),
      (error) => {
        const isTooLarge = ConnectError.from(error).code === Code.ResourceExhausted;
        throw isTooLarge ? this.#tooLarge() : invalidField('body', 'is compressed, and damaged');
      },
    );
  }

  #bind(body: Buffer | undefined): Message {
    const { resume } = this.#input;
    const lastEventId = this.#headers[LAST_EVENT_ID];
    const resumes = resume !== undefined && typeof lastEventId === 'string' && lastEventId !== '';
    if (body === undefined && !resumes) return this.#target.message();
    const message = this.#target.bind(body);
    if (resumes) bindLastEventId(resume, message, lastEventId);
    return message;
  }
}

const JSON_TYPE = 'application/json';

const IDENTITY = /^\s*identity\s*$/i;
const compressionOf = (coding = '') => compressionNamed(coding.trim().toLowerCase());
