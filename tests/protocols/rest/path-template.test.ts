// The grammar of google.api.http path templates, as a table of what is read and what is refused.
import { describe, expect, it } from '@jest/globals';
import { type PathTemplate, parsePathTemplate, TemplateError } from '../../../src/protocols/rest/path-template.ts';

/** Segments as text, then the variables as `name[start,end]` with `+` for several segments, then the verb. */
function show({ segments, variables, verb }: PathTemplate): string {
  const path = segments.map((segment) =>
    segment.kind === 'literal' ? segment.value : segment.kind === 'any' ? '*' : '**',
  );
  const fields = variables.map(
    ({ fieldPath, start, end, isMulti }) => `${fieldPath}[${start},${end ?? ''}]${isMulti ? '+' : ''}`,
  );
  return [path.join('/'), ...fields, ...(verb === '' ? [] : [`:${verb}`])].join(' ');
}

describe('templates that are read', () => {
  it.each([
    ['/a', 'a'],
    ['/v1', 'v1'],
    ['/v1/messages', 'v1/messages'],
    ['/a/b/c/d/e/f', 'a/b/c/d/e/f'],
    ['/*', '*'],
    ['/**', '**'],
    ['/*/*', '*/*'],
    ['/a/*', 'a/*'],
    ['/a/*/b', 'a/*/b'],
    ['/a/**', 'a/**'],
    ['/*/**', '*/**'],
    ['/a:b', 'a :b'],
    ['/*:b', '* :b'],
    ['/**:b', '** :b'],
    ['/a/b:watch', 'a/b :watch'],
    ['/a/b:some-verb_1.x~', 'a/b :some-verb_1.x~'],
    ['/{x}', '* x[0,1]'],
    ['/{x=*}', '* x[0,1]'],
    ['/{x=**}', '** x[0,]+'],
    ['/{x=a}', 'a x[0,1]'],
    ['/{x=a/b}', 'a/b x[0,2]+'],
    ['/{x=a/*}', 'a/* x[0,2]+'],
    ['/{x=a/*/b/*}', 'a/*/b/* x[0,4]+'],
    ['/{x=a/**}', 'a/** x[0,]+'],
    ['/{x=*/b}', '*/b x[0,2]+'],
    ['/{x=*/*}', '*/* x[0,2]+'],
    ['/{x=*/**}', '*/** x[0,]+'],
    ['/v1/{x}', 'v1/* x[1,2]'],
    ['/v1/{x}/y', 'v1/*/y x[1,2]'],
    ['/v1/{x}/{y}', 'v1/*/* x[1,2] y[2,3]'],
    ['/v1/{x}/y/{z}', 'v1/*/y/* x[1,2] z[3,4]'],
    ['/v1/{x=a/*}/{y=b/*}', 'v1/a/*/b/* x[1,3]+ y[3,5]+'],
    ['/v1/{x=a/*}/{y=**}', 'v1/a/*/** x[1,3]+ y[3,]+'],
    ['/v1/{x}:verb', 'v1/* x[1,2] :verb'],
    ['/v1/{x=**}:verb', 'v1/** x[1,]+ :verb'],
    ['/v1/{x=a/*}:verb', 'v1/a/* x[1,3]+ :verb'],
    ['/v1/{a.b}', 'v1/* a.b[1,2]'],
    ['/v1/{a.b.c.d}', 'v1/* a.b.c.d[1,2]'],
    ['/v1/{_private}', 'v1/* _private[1,2]'],
    ['/v1/{snake_case_1}', 'v1/* snake_case_1[1,2]'],
    ['/v1/{camelCase}', 'v1/* camelCase[1,2]'],
    ['/v1/{a.b=c/*}/d', 'v1/c/*/d a.b[1,3]+'],
    ['/a-b/c.d/e_f/g~h', 'a-b/c.d/e_f/g~h'],
    ["/!$&'()+,;=@", "!$&'()+,;=@"],
    ['/a%20b', 'a b'],
    ['/%C3%A4', 'ä'],
    ['/a%2Fb', 'a/b'],
    ['/v1/users:batch%47et', 'v1/users :batchGet'],
  ])('%s', (text, shown) => {
    expect(show(parsePathTemplate(text))).toBe(shown);
  });
});

describe('templates that are refused', () => {
  it.each([
    ['', 'must begin with "/"'],
    ['a', 'must begin with "/"'],
    ['v1/messages', 'must begin with "/"'],
    ['/', 'a segment is missing'],
    ['//', 'a segment is missing'],
    ['//a', 'a segment is missing'],
    ['/a/', 'a segment is missing'],
    ['/a//b', 'a segment is missing'],
    ['/:verb', 'a segment is missing'],
    ['/a:', 'the verb is missing'],
    ['/a:b:c', 'unexpected ":"'],
    ['/a:b/c', 'unexpected "/"'],
    ['/a:*', 'the verb is missing'],
    ['/a b', 'unexpected " "'],
    ['/a?b', 'unexpected "?"'],
    ['/a#b', 'unexpected "#"'],
    ['/ä', 'a segment is missing'],
    ['/a%', 'unexpected "%"'],
    ['/a%2', 'unexpected "%"'],
    ['/a%zz', 'unexpected "%"'],
    ['/%ff', 'not UTF-8'],
    ['/***', 'unexpected "*"'],
    ['/a*', 'unexpected "*"'],
    ['/*a', 'unexpected "a"'],
    ['/**/a', 'nothing but a verb may follow'],
    ['/**/*', 'nothing but a verb may follow'],
    ['/**/**', 'nothing but a verb may follow'],
    ['/{x=**}/a', 'nothing but a verb may follow'],
    ['/{x=**/a}', 'nothing but a verb may follow'],
    ['/{x=**}/{y}', 'nothing but a verb may follow'],
    ['/{', 'the name of a field is missing'],
    ['/{}', 'the name of a field is missing'],
    ['/{=a}', 'the name of a field is missing'],
    ['/{1x}', 'the name of a field is missing'],
    ['/{.x}', 'the name of a field is missing'],
    ['/{x', '"}" is missing'],
    ['/{x.}', '"}" is missing'],
    ['/{x-y}', '"}" is missing'],
    ['/{x y}', '"}" is missing'],
    ['/{x=}', 'a segment is missing'],
    ['/{x=/a}', 'a segment is missing'],
    ['/{x=a/}', 'a segment is missing'],
    ['/{x=a', '"}" is missing'],
    ['/{x=a:b}', '"}" is missing'],
    ['/{x={y}}', 'may not hold another one'],
    ['/{x=a/{y}}', 'may not hold another one'],
    ['/{x}y', 'unexpected "y"'],
    ['/{x}{y}', 'unexpected "{"'],
    ['/a{x}', 'unexpected "{"'],
    ['/x}', 'unexpected "}"'],
    ['/{x}/{x}', 'is there twice'],
    ['/{a.b}/{a.b=*}', 'is there twice'],
  ])('%j: %s', (text, what) => {
    expect(() => parsePathTemplate(text)).toThrow(TemplateError);
    expect(() => parsePathTemplate(text)).toThrow(what);
  });

  it('says where', () => {
    expect(() => parsePathTemplate('/v1/{x=a:b}')).toThrow('path template "/v1/{x=a:b}", character 9: "}" is missing');
  });
});
