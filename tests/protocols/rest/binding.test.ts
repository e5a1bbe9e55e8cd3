// How paths, queries and bodies become messages, over the real port: a table of requests and what the handler gets.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let world: RestWorld;
beforeAll(async () => {
  world = await startRestWorld();
});
afterAll(() => world.server.close());

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(`${world.url}/test/v1${path}`, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

/** What the handler got, as JSON. */
const bound = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await ask(method, path, body);
  return status === 200 ? (json.bound ?? {}) : json;
};

/** The field that is named first, and what is said of it. */
const fault = async (method: string, path: string, body?: unknown) => {
  const { status, json } = await ask(method, path, body);
  const violations = json.details?.find((detail: { '@type': string }) => detail['@type'].endsWith('BadRequest'));
  const [{ field, description } = {} as Record<string, string>] = violations?.fieldViolations ?? [];
  return `${status} ${field}: ${description}`;
};

describe('a query', () => {
  it.each([
    ['', {}],
    ['?', {}],
    ['?&&', {}],
    ['?text=a', { text: 'a' }],
    ['?text=', {}],
    ['?text', {}],
    ['?maybeText=', { maybeText: '' }],
    ['?maybe_text=', { maybeText: '' }],
    ['?maybe_number=0', { maybeNumber: 0 }],
    ['?text=a%20b+c%2Bd', { text: 'a b c+d' }],
    ['?text=a=b', { text: 'a=b' }],
    ['?text=%C3%A4%F0%9F%98%80', { text: 'ä😀' }],
    ['?%74ext=a', { text: 'a' }],
    ['?renamed=a', { otherName: 'a' }],
    ['?otherName=a', { otherName: 'a' }],
    ['?flag=true', { flag: true }],
    ['?flag=false', {}],
    ['?int32_value=-2147483648', { int32Value: -2147483648 }],
    ['?int32Value=2147483647', { int32Value: 2147483647 }],
    ['?sint32_value=-1', { sint32Value: -1 }],
    ['?sfixed32_value=-1', { sfixed32Value: -1 }],
    ['?uint32_value=4294967295', { uint32Value: 4294967295 }],
    ['?fixed32_value=1', { fixed32Value: 1 }],
    ['?int64_value=-9223372036854775808', { int64Value: '-9223372036854775808' }],
    ['?int64_value=9223372036854775807', { int64Value: '9223372036854775807' }],
    ['?sint64_value=-1', { sint64Value: '-1' }],
    ['?sfixed64_value=-1', { sfixed64Value: '-1' }],
    ['?uint64_value=18446744073709551615', { uint64Value: '18446744073709551615' }],
    ['?fixed64_value=1', { fixed64Value: '1' }],
    ['?int32_value=007', { int32Value: 7 }],
    ['?double_value=1.5', { doubleValue: 1.5 }],
    ['?double_value=-1e-3', { doubleValue: -0.001 }],
    ['?double_value=NaN', { doubleValue: 'NaN' }],
    ['?double_value=-Infinity', { doubleValue: '-Infinity' }],
    ['?float_value=0.5', { floatValue: 0.5 }],
    ['?float_value=Infinity', { floatValue: 'Infinity' }],
    ['?data=AAEC', { data: 'AAEC' }],
    ['?data=%2B%2F%2B%2F', { data: '+/+/' }],
    ['?data=-_-_', { data: '+/+/' }],
    ['?data=AA==', { data: 'AA==' }],
    ['?data=AA', { data: 'AA==' }],
    ['?color=COLOR_RED', { color: 'COLOR_RED' }],
    ['?color=2', { color: 'COLOR_GREEN' }],
    ['?color=GREEN', { color: 'COLOR_GREEN' }],
    ['?colors=RED&colors=COLOR_GREEN', { colors: ['COLOR_RED', 'COLOR_GREEN'] }],
    ['?flag=1&bool_box=0', { flag: true, boolBox: false }],
    ['?flag=TRUE', { flag: true }],
    ['?lasts=24h', { lasts: '86400s' }],
    ['?lasts=1h30m', { lasts: '5400s' }],
    ['?lasts=250ms', { lasts: '0.250s' }],
    ['?color=-3', { color: 'COLOR_BELOW' }],
    ['?color=77', { color: 77 }],
    ['?texts=a&texts=b&texts=', { texts: ['a', 'b', ''] }],
    ['?texts=a,b', { texts: ['a,b'] }],
    ['?numbers=1&text=x&numbers=2', { text: 'x', numbers: [1, 2] }],
    ['?colors=COLOR_RED&colors=2', { colors: ['COLOR_RED', 'COLOR_GREEN'] }],
    ['?blobs=AA==&blobs=AQ', { blobs: ['AA==', 'AQ=='] }],
    ['?at=2026-01-31T12:00:00Z', { at: '2026-01-31T12:00:00Z' }],
    ['?at=2026-01-31T12:00:00.5%2B01:00', { at: '2026-01-31T11:00:00.500Z' }],
    ['?lasts=1.5s', { lasts: '1.500s' }],
    ['?lasts=-3s', { lasts: '-3s' }],
    ['?mask=displayName,owner.id', { mask: 'displayName,owner.id' }],
    ['?string_box=', { stringBox: '' }],
    ['?string_box=a', { stringBox: 'a' }],
    ['?bool_box=false', { boolBox: false }],
    ['?int32_box=0', { int32Box: 0 }],
    ['?int64_box=-5', { int64Box: '-5' }],
    ['?uint32_box=5', { uint32Box: 5 }],
    ['?uint64_box=5', { uint64Box: '5' }],
    ['?float_box=0.5', { floatBox: 0.5 }],
    ['?double_box=NaN', { doubleBox: 'NaN' }],
    ['?bytes_box=AA', { bytesBox: 'AA==' }],
    [
      '?times=2026-01-31T12:00:00Z&times=2026-02-01T12:00:00Z',
      { times: ['2026-01-31T12:00:00Z', '2026-02-01T12:00:00Z'] },
    ],
    ['?nested.name=a', { nested: { name: 'a' } }],
    ['?nested.name=', { nested: {} }],
    ['?nested.number=5&nested.name=a', { nested: { name: 'a', number: '5' } }],
    ['?nested.child.child.name=a', { nested: { child: { child: { name: 'a' } } } }],
    ['?nested.tags=a&nested.tags=b', { nested: { tags: ['a', 'b'] } }],
    ['?nested.at=2026-01-31T12:00:00Z', { nested: { at: '2026-01-31T12:00:00Z' } }],
    ['?choice_text=a', { choiceText: 'a' }],
    ['?choiceNumber=0', { choiceNumber: 0 }],
    ['?choice_nested.name=a&choice_nested.number=1', { choiceNested: { name: 'a', number: '1' } }],
  ])('%s', async (query, expected) => {
    expect(await bound('GET', `/query${query}`)).toEqual(expected);
  });

  it.each([
    ['?txt=a', 'txt: there is no field "txt": did you mean "text"?'],
    ['?zzzzzzzz=a', 'zzzzzzzz: there is no field "zzzzzzzz"'],
    ['?Text=a', 'Text: there is no field "Text": did you mean "text"?'],
    ['?=a', 'query: there is no field ""'],
    ['?nested.nmae=a', 'nested.nmae: there is no field "nested.nmae": did you mean "nested.name"?'],
    ['?nested.=a', 'nested.: there is no field "nested."'],
    ['?nested..name=a', 'nested..name: there is no field "nested."'],
    ['?.text=a', '.text: there is no field ""'],
    ['?text.x=a', 'text.x: "text" has no fields of its own'],
    ['?at.seconds=1', 'at.seconds: "at" has no fields of its own'],
    ['?string_box.value=a', 'string_box.value: "string_box" has no fields of its own'],
    ['?nested=a', 'nested: is a message: name a field of it, with a dot between'],
    ['?many=a', 'many: is a list of messages, which a query cannot hold'],
    ['?many.name=a', 'many.name: "many" has no fields of its own'],
    ['?labels=a', 'labels: is a map, which a query cannot hold'],
    ['?labels.a=b', 'labels.a: "labels" has no fields of its own'],
    ['?labels[a]=b', 'labels[a]: there is no field "labels[a]": did you mean "labels"?'],
    ['?struct=a', 'struct: is a message: name a field of it, with a dot between'],
    ['?struct.fields=a', 'struct.fields: "struct" has no fields of its own'],
    ['?any=a', 'any: is a message: name a field of it, with a dot between'],
    ['?text=a&text=b', 'text: is there more than once, and takes one value'],
    ['?maybe_text=a&maybeText=b', 'maybeText: is there more than once, and takes one value'],
    ['?choice_text=a&choice_number=1', 'choice_number: only one of it and "choice_text" may be there'],
    ['?choice_nested.name=a&choice_text=b', 'choice_text: only one of it and "choice_nested" may be there'],
    ['?choice_text=b&choice_nested.name=a', 'choice_nested.name: only one of it and "choice_text" may be there'],
    ['?text=%', 'text: the escapes of this parameter are broken, or not UTF-8'],
    ['?text=%zz', 'text: the escapes of this parameter are broken, or not UTF-8'],
    ['?text=%ff', 'text: the escapes of this parameter are broken, or not UTF-8'],
    ['?%ff=a', '%ff: the escapes of this parameter are broken, or not UTF-8'],
    ['?flag=yes', 'flag: must be true or false'],
    ['?flag=', 'flag: must be true or false'],
    ['?flag=tRUE', 'flag: must be true or false'],
    ['?flag=2', 'flag: must be true or false'],
    ['?int32_value=', 'int32_value: must be a whole number in decimal'],
    ['?int32_value=1.0', 'int32_value: must be a whole number in decimal'],
    ['?int32_value=0x10', 'int32_value: must be a whole number in decimal'],
    ['?int32_value=%201', 'int32_value: must be a whole number in decimal'],
    ['?int32_value=+1', 'int32_value: must be a whole number in decimal'],
    ['?int32_value=2147483648', 'int32_value: must be from -2147483648 to 2147483647'],
    ['?int32_value=-2147483649', 'int32_value: must be from -2147483648 to 2147483647'],
    ['?uint32_value=-1', 'uint32_value: must be from 0 to 4294967295'],
    ['?uint32_value=4294967296', 'uint32_value: must be from 0 to 4294967295'],
    ['?int64_value=9223372036854775808', 'int64_value: must be from -9223372036854775808 to 9223372036854775807'],
    ['?uint64_value=18446744073709551616', 'uint64_value: must be from 0 to 18446744073709551615'],
    ['?uint64_value=-1', 'uint64_value: must be from 0 to 18446744073709551615'],
    [`?int64_value=${'9'.repeat(500)}`, 'int64_value: must be a whole number in decimal'],
    ['?double_value=', 'double_value: must be a number, NaN, Infinity or -Infinity'],
    ['?double_value=.5', 'double_value: must be a number, NaN, Infinity or -Infinity'],
    ['?double_value=0x1', 'double_value: must be a number, NaN, Infinity or -Infinity'],
    ['?double_value=inf', 'double_value: must be a number, NaN, Infinity or -Infinity'],
    ['?double_value=constructor', 'double_value: must be a number, NaN, Infinity or -Infinity'],
    ['?double_value=1e309', 'double_value: must be from -1.7976931348623157e+308 to 1.7976931348623157e+308'],
    ['?float_value=3.5e38', 'float_value: must be from -3.4028234663852886e+38 to 3.4028234663852886e+38'],
    ['?data=A', 'data: must be base64 or base64url (in a query, "+" is written %2B)'],
    ['?data=AA+A', 'data: must be base64 or base64url (in a query, "+" is written %2B)'],
    ['?data=A-%2BA', 'data: must be base64 or base64url (in a query, "+" is written %2B)'],
    ['?data=====', 'data: must be base64 or base64url (in a query, "+" is written %2B)'],
    ['?color=COLOR_REDD', 'color: is not a value of Color: did you mean COLOR_RED?'],
    ['?color=red', 'color: is not a value of Color: one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN, COLOR_BELOW'],
    ['?color=2147483648', 'color: must be from -2147483648 to 2147483647'],
    ['?color=', 'color: is not a value of Color: one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN, COLOR_BELOW'],
    ['?numbers=1&numbers=x', 'numbers: must be a whole number in decimal'],
    ['?at=yesterday', 'at: must be a time such as 2026-01-31T12:00:00Z'],
    ['?at=2026-13-01T00:00:00Z', 'at: must be a time such as 2026-01-31T12:00:00Z'],
    ['?lasts=5x', 'lasts: must be a duration such as 1.5s, 30s, 5m or 24h'],
    ['?lasts=5', 'lasts: must be a duration such as 1.5s, 30s, 5m or 24h'],
    ['?lasts=30m1h', 'lasts: must be a duration such as 1.5s, 30s, 5m or 24h'],
    [
      '?color=UNSPECIFIED',
      'color: is not a value of Color: one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN, COLOR_BELOW',
    ],
    ['?mask=snake_case', 'mask: must be field names with commas between, such as displayName,owner.id'],
    ['?int32_box=x', 'int32_box: must be a whole number in decimal'],
    [`?${'nested.'.repeat(40)}name=a`, `${'nested.'.repeat(40).slice(0, 128)}: is more than 32 fields deep`],
    ['?__proto__=1', '__proto__: there is no field "__proto__"'],
    ['?constructor.name=1', 'constructor.name: there is no field "constructor"'],
  ])('%s is refused', async (query, expected) => {
    expect(await fault('GET', `/query${query}`)).toBe(`400 ${expected}`);
  });

  it('has all its faults told at once, within bounds', async () => {
    const { json } = await ask('GET', '/query?a_b_c=1&flag=x&int32_value=y');
    const [, { fieldViolations }] = json.details;
    expect(fieldViolations.map(({ field }: { field: string }) => field)).toEqual(['a_b_c', 'flag', 'int32_value']);
    const many = await ask('GET', `/query?${'nope=1&'.repeat(1_000)}`);
    expect(many.json.details[1].fieldViolations).toHaveLength(16);
  });
});

describe('a path', () => {
  it.each([
    ['GET', '/query/a%2Fb', { text: 'a/b' }],
    ['GET', '/query/a?flag=true', { text: 'a', flag: true }],
    ['PUT', '/query/a/of/b', { nested: { name: 'a', child: { name: 'b' } } }],
    [
      'PUT',
      '/query/a/of/b?nested.number=5&nested.child.tags=x',
      { nested: { name: 'a', number: '5', child: { name: 'b', tags: ['x'] } } },
    ],
    ['GET', '/shelves/1/books/2', { text: 'shelves/1/books/2' }],
    ['GET', '/shelves/a%2Fb/books/c%20d', { text: 'shelves/a%2Fb/books/c d' }],
    ['GET', '/files/a/b%2Fc/d', { text: 'a/b%2Fc/d' }],
    ['GET', '/files', {}],
    ['GET', '/trees/a/b:list', { text: 'a/b' }],
    ['GET', '/typed/int32/-5', { int32Value: -5 }],
    ['GET', '/typed/int64/9007199254740993', { int64Value: '9007199254740993' }],
    ['GET', '/typed/bool/true', { flag: true }],
    ['GET', '/typed/color/COLOR_GREEN', { color: 'COLOR_GREEN' }],
    ['GET', '/typed/color/1', { color: 'COLOR_RED' }],
    ['GET', '/typed/data/-_8', { data: '+/8=' }],
    ['GET', '/typed/data/+%2F8=', { data: '+/8=' }],
    ['GET', '/typed/at/2026-01-31T12:00:00Z', { at: '2026-01-31T12:00:00Z' }],
    ['GET', '/typed/box/5', { int64Box: '5' }],
    ['GET', '/typed/choice/0', { choiceNumber: 0 }],
    ['DELETE', '/jobs/a', { text: 'a' }],
    ['POST', '/jobs/a:start', { text: 'a' }],
  ])('%s %s', async (method, path, expected) => {
    expect(await bound(method, path)).toEqual(expected);
  });

  it.each([
    ['GET', '/query/%', 'text: its escapes in the path are broken, or not UTF-8'],
    ['GET', '/query/%ff', 'text: its escapes in the path are broken, or not UTF-8'],
    ['GET', '/files/a/%ff', 'text: its escapes in the path are broken, or not UTF-8'],
    ['GET', '/query/a?text=a', 'text: is in the path of the request already'],
    ['PUT', '/query/a/of/b?nested.name=x', 'nested.name: is in the path of the request already'],
    ['GET', '/typed/int32/x', 'int32_value: must be a whole number in decimal'],
    [
      'GET',
      '/typed/int64/9223372036854775808',
      'int64_value: must be from -9223372036854775808 to 9223372036854775807',
    ],
    ['GET', '/typed/bool/maybe', 'flag: must be true or false'],
    ['GET', '/typed/color/COLOR_GREE', 'color: is not a value of Color: did you mean COLOR_GREEN?'],
    ['GET', '/typed/data/A', 'data: must be base64 or base64url (in a query, "+" is written %2B)'],
    ['GET', '/typed/at/now', 'at: must be a time such as 2026-01-31T12:00:00Z'],
    ['GET', '/typed/choice/1?choice_number=2', 'choice_number: is in the path of the request already'],
  ])('%s %s is refused', async (method, path, expected) => {
    expect(await fault(method, path)).toBe(`400 ${expected}`);
  });
});

describe('a body', () => {
  const nested = (levels: number) => '{"nested":'.concat('{"child":'.repeat(levels), '{}', '}'.repeat(levels + 1));
  it.each([
    ['POST', '/whole', {}, {}],
    ['POST', '/whole', undefined, {}],
    ['POST', '/whole', '', {}],
    ['POST', '/whole', '\ufeff{"text":"a"}', { text: 'a' }],
    ['POST', '/whole', ' {"text" : "a"} ', { text: 'a' }],
    ['POST', '/whole', { int64_value: '5', otherName: 'x' }, { int64Value: '5', otherName: 'x' }],
    ['POST', '/whole', { labels: { a: 'b' }, many: [{ name: 'x' }] }, { labels: { a: 'b' }, many: [{ name: 'x' }] }],
    ['POST', '/whole', { struct: { a: [1, null] } }, { struct: { a: [1, null] } }],
    [
      'POST',
      '/whole',
      { any: { '@type': 'type.googleapis.com/openk.test.v1.Nested', name: 'x' } },
      { any: { '@type': 'type.googleapis.com/openk.test.v1.Nested', name: 'x' } },
    ],
    ['POST', '/whole', { text: null }, {}],
    [
      'POST',
      '/whole',
      { color: 'GREEN', colors: ['RED', 2], flag: 'TRUE', boolBox: 0, lasts: '1h30m', nested: { name: 'RED' } },
      {
        color: 'COLOR_GREEN',
        colors: ['COLOR_RED', 'COLOR_GREEN'],
        flag: true,
        boolBox: false,
        lasts: '5400s',
        nested: { name: 'RED' },
      },
    ],
    ['PATCH', '/whole/b', { text: 'a', flag: true }, { text: 'b', flag: true }],
    ['POST', '/part/a', { name: 'x' }, { text: 'a', nested: { name: 'x' } }],
    [
      'POST',
      '/part/a?flag=true&texts=1',
      { name: 'x' },
      { text: 'a', flag: true, texts: ['1'], nested: { name: 'x' } },
    ],
    ['POST', '/part/a', undefined, { text: 'a' }],
    ['PUT', '/texts', ['a', 'b'], { texts: ['a', 'b'] }],
    ['PUT', '/texts', [], {}],
    ['PUT', '/text', '"a"', { maybeText: 'a' }],
    ['PUT', '/text', 'null', {}],
    ['PUT', '/labels?text=x', { a: 'b' }, { text: 'x', labels: { a: 'b' } }],
  ])('%s %s %j', async (method, path, body, expected) => {
    expect(await bound(method, path, body)).toEqual(expected);
  });

  it.each([
    ['POST', '/whole', '{', /^400 body: is not JSON: /],
    ['POST', '/whole', 'text', /^400 body: is not JSON: /],
    ['POST', '/whole', ' ', /^400 body: is not JSON: /],
    ['POST', '/whole', '{} {}', /^400 body: is not JSON: /],
    ['POST', '/whole', '[]', /^400 body: must be a JSON object \(openk.test.v1.Everything\)$/],
    ['POST', '/whole', '"a"', /^400 body: must be a JSON object/],
    ['POST', '/whole', 'null', /^400 body: must be a JSON object/],
    ['POST', '/whole', { txt: 1 }, /^400 txt: there is no field "txt": did you mean "text"\?$/],
    ['POST', '/whole', { text: 1 }, /^400 text: must be a string$/],
    ['POST', '/whole', { flag: 'yes' }, /^400 flag: must be true or false$/],
    ['POST', '/whole', { int32_value: 2147483648 }, /^400 int32_value: must be from -2147483648 to 2147483647$/],
    ['POST', '/whole', { color: 'COLOR_REDD' }, /^400 color: is not a value of Color: did you mean COLOR_RED\?$/],
    ['POST', '/whole', { nested: { child: { name: 5 } } }, /^400 nested\.child\.name: must be a string$/],
    [
      'POST',
      '/whole',
      { nested: { chid: {} } },
      /^400 nested\.chid: there is no field "nested.chid": did you mean "nested.child"\?$/,
    ],
    ['POST', '/whole', { nested: [] }, /^400 nested: must be a JSON object/],
    ['POST', '/whole', { many: [{}, { number: 'x' }] }, /^400 many\[1\]\.number: /],
    ['POST', '/whole', { texts: ['a', 1] }, /^400 texts\[1\]: must be a string$/],
    ['POST', '/whole', { at: 'now' }, /^400 at: must be a time such as 2026/],
    ['POST', '/whole', { choice_text: 'a', choice_number: 1 }, /^400 (body|choice_number): /],
    ['POST', '/whole', { labels: { a: 1 } }, /^400 labels\[a\]: must be a string$/],
    ['POST', '/whole', { lasts: 1 }, /^400 lasts: must be a duration such as 1\.5s, 30s, 5m or 24h$/],
    ['POST', '/whole', { many: [{}, { at: {} }] }, /^400 many\[1\]\.at: must be a time such as 2026/],
    ['POST', '/whole', { colors: ['RED', true] }, /^400 colors\[1\]: is not a value of Color: one of COLOR_/],
    ['POST', '/whole', { times: [null] }, /^400 times\[0\]: must not be null$/],
    ['POST', '/whole', { any: { '@type': 'type.googleapis.com/not.Known' } }, /^400 any: /],
    ['POST', '/whole', nested(400), /^400 nested\.child/],
    ['POST', '/whole', nested(500), /^400 body: is nested more than 100 levels deep/],
    ['POST', '/whole?text=a', {}, /^400 text: the body holds the whole request: there are no query parameters$/],
    ['POST', '/part/a', { nme: 'x' }, /^400 nested\.nme: there is no field/],
    ['POST', '/part/a?nested.name=x', {}, /^400 nested\.name: is in the body of the request, not in its query$/],
    ['PUT', '/texts', {}, /^400 texts: /],
    ['PUT', '/text', '5', /^400 maybe_text: must be a string$/],
    ['DELETE', '/jobs/a', { text: 'x' }, /^400 body: this path takes no body$/],
    ['PUT', '/query/a/of/b', '{}', /^400 body: this path takes no body$/],
  ])('%s %s %j is refused', async (method, path, body, expected) => {
    expect(await fault(method, path, body)).toMatch(expected);
  });
});

describe('an answer', () => {
  it.each([
    ['/items?texts=a&texts=b', ['a', 'b']],
    ['/items', []],
    ['/note?text=a', 'a'],
    ['/note', ''],
    ['/bound?text=a', { text: 'a' }],
  ])('%s: the field of response_body', async (path, expected) => {
    expect((await ask('GET', path)).json).toEqual(expected);
  });

  it('comes from the method that the path names', async () => {
    const method = async (verb: string, path: string) => (await ask(verb, path)).json.method;
    expect(await method('GET', '/jobs/all')).toBe('Literal');
    expect(await method('GET', '/jobs/other')).toBe('Variable');
    expect(await method('DELETE', '/jobs/all')).toBe('Start');
    expect(await method('PURGE', '/jobs/all')).toBe('Start');
    expect((await ask('GET', '/unmapped')).status).toBe(404);
  });
});
