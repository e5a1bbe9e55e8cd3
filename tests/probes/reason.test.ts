import { describe, expect, it } from '@jest/globals';
import { printable } from '../../src/core/printable.ts';
import { failure, MAX_MESSAGE_LENGTH, reason } from '../../src/probes/reason.ts';

const error = (properties: object, message = 'connect to 10.0.0.1:50123 with secret') =>
  Object.assign(new Error(message), properties);
const code = (cause: unknown) => failure(cause, 'db:5432', 1).reason.code;

describe('a message', () => {
  it('is one line of printable characters', () => {
    expect(reason('OK', 'a\u0000b\r\nc\u001b[31md\u202ee\u2028f').message).toBe('a b c [31md e f');
  });

  it('is bounded', () => {
    expect(reason('OK', 'x'.repeat(100_000)).message).toHaveLength(MAX_MESSAGE_LENGTH);
    expect(printable('äöü', 3)).toBe('äöü');
    expect(printable('äöüß', 3)).toBe('äö…');
  });

  it('is well-formed, wherever it is cut', () => {
    for (const text of ['a😀😀😀', '😀😀😀', '\ud83d\ud83d\ud83d']) {
      for (const maxLength of [2, 3, 4]) expect(printable(text, maxLength).isWellFormed()).toBe(true);
    }
  });
});

describe('a failure', () => {
  it('is UNHEALTHY, and shows no more than the target and the kind of trouble', () => {
    expect(failure(error({ code: 'ECONNREFUSED', syscall: 'connect' }), 'db:5432', 7)).toEqual({
      outcome: 'UNHEALTHY',
      reason: { code: 'CONNECTION_REFUSED', message: 'db:5432 refused the connection' },
      latencyMs: 7,
    });
    expect(failure(error({}), 'db:5432', 7).reason).toEqual({ code: 'FAILED', message: 'asking db:5432 failed' });
  });

  it('for want of own resources is UNKNOWN: it says nothing about the target', () => {
    expect(failure(error({ code: 'EMFILE' }), 'db:5432', 7)).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'OUT_OF_RESOURCES' },
    });
  });

  it.each([
    ['a reset by the network', { code: 'ECONNRESET', syscall: 'read' }, 'CONNECTION_RESET'],
    ['an end too early', { code: 'ECONNRESET' }, 'CONNECTION_CLOSED'],
    ['an unknown host', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'DNS_NOT_FOUND'],
    ['a silent name server', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'DNS_FAILED'],
    ['no route', { code: 'EHOSTUNREACH', syscall: 'connect' }, 'HOST_UNREACHABLE'],
    ['an attempt that the system gave up', { code: 'ETIMEDOUT', syscall: 'connect' }, 'CONNECTION_TIMEOUT'],
    ['an alert of the peer', { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'TLS_FAILED'],
    ['a certificate for something else', { code: 'INVALID_PURPOSE' }, 'TLS_UNTRUSTED'],
    ['what Node has no word for', { code: 'UNSPECIFIED' }, 'TLS_UNTRUSTED'],
    ['a certificate with a date that is none', { code: 'ERROR_IN_CERT_NOT_AFTER_FIELD' }, 'TLS_UNTRUSTED'],
    ['a breach of HTTP/2', { code: 'ERR_HTTP2_STREAM_ERROR' }, 'PROTOCOL_ERROR'],
    ['a number for a code', { code: 14 }, 'FAILED'],
  ])('%s', (_what, properties, expected) => {
    expect(code(error(properties))).toBe(expected);
  });

  it('of a certificate says what OpenSSL says, and nothing else', () => {
    const words = (message: string) => failure(error({ code: 'UNSPECIFIED' }, message), 'db:5432', 1).reason.message;
    expect(words('EE certificate key too weak')).toBe(
      'a certificate of db:5432 cannot be verified: EE certificate key too weak',
    );
    expect(words('with a secret = 5')).toBe('a certificate of db:5432 cannot be verified');
  });

  it('is found below the errors of libraries, and in those of several addresses', () => {
    const refused = error({ code: 'ECONNREFUSED', syscall: 'connect' });
    expect(code(new Error('unavailable', { cause: error({ code: 14, cause: refused }) }))).toBe('CONNECTION_REFUSED');
    expect(code(new AggregateError([refused, refused]))).toBe('CONNECTION_REFUSED');
  });

  it('may be anything', () => {
    const ring = error({});
    ring.cause = ring;
    for (const thrown of [ring, undefined, null, 'text', { code: 'ECONNREFUSED' }]) expect(code(thrown)).toBe('FAILED');
  });
});
