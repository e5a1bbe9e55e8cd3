import { expect, it } from '@jest/globals';
import { reasonOf } from '../../../src/errors/to-connect.ts';
import { findMediaFault } from '../../../src/protocols/rest/content-type.ts';

it('is told in no time, however much white space there is', () => {
  // With a pattern that backtracks this takes a minute.
  const contentType = `application/json${' '.repeat(400_000)}x`;
  expect(reasonOf(findMediaFault({ 'content-type': contentType })!)).toBe('UNSUPPORTED_CONTENT_TYPE');
});
