// The code of a call that was refused before its handler, where only the HTTP status says how.
import { expect, it } from '@jest/globals';
import { ERROR_CATALOGUE, type ErrorKind } from '../../src/errors/catalogue.ts';
import { codeName } from '../../src/errors/code-name.ts';
import { codeOfHttpStatus } from '../../src/telemetry/calls/refused-call.ts';

it.each([
  [400, 'INVALID_ARGUMENT'],
  [404, 'UNIMPLEMENTED'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [413, 'RESOURCE_EXHAUSTED'],
  [414, 'INVALID_ARGUMENT'],
  [415, 'INVALID_ARGUMENT'],
  [421, 'PERMISSION_DENIED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [431, 'INVALID_ARGUMENT'],
  [503, 'UNAVAILABLE'],
  [418, 'UNKNOWN'],
])('%i is %s', (httpStatus, code) => {
  expect(codeOfHttpStatus({ protocol: 'connect' }, httpStatus)).toBe(code);
});

it('404 of REST is NOT_FOUND', () => {
  expect(codeOfHttpStatus({ protocol: 'rest' }, 404)).toBe('NOT_FOUND');
});

const OWN = Object.entries<Pick<ErrorKind<never>, 'code' | 'httpStatus'>>(ERROR_CATALOGUE).flatMap(
  ([reason, { code, httpStatus }]) => (httpStatus === undefined ? [] : [{ reason, httpStatus, code: codeName(code) }]),
);

it.each(OWN)('$httpStatus of $reason is $code, as its callers are told', ({ httpStatus, code }) => {
  expect(codeOfHttpStatus({ protocol: 'grpc' }, httpStatus)).toBe(code);
});
