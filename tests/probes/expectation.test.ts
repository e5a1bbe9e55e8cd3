import { describe, expect, it } from '@jest/globals';
import { createRedactor } from '../../src/core/redactor.ts';
import { type Answer, compileExpectations, expressionFault } from '../../src/probes/expectation.ts';

interface Given extends Partial<Omit<Answer, 'headers' | 'body'>> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function judge(expression: string, given: Given = {}, secrets: readonly string[] = [], showBody = false) {
  const { headers = {}, body = '', ...rest } = given;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const answer = { status: 200, latencyMs: 12, ...rest, headers: new Map(Object.entries(headers)), body: bytes };
  return compileExpectations([expression], { ...createRedactor(secrets), showBody })(answer);
}

describe('what can be seen without an answer is a fault of the configuration', () => {
  it.each([
    ["json.state = 'up'", 'does not compile, at 1:12: write == to compare'],
    ["json.state === 'up'", 'does not compile, at 1:12: write == to compare'],
    ['status == 200 and true', 'does not compile, at 1:15: write && for "and"'],
    ['not status == 200', 'does not compile, at 1:1: write ! for "not"'],
    ['status <> 200', 'does not compile, at 1:8: write != for "is not"'],
    ["body.contains('a=b') & true", 'does not compile, at 1:22: write && for "and"'],
    ['status == 200 // = \n && (', 'does not compile, at 2:2'],
    ["body.matches('\\d')", 'does not compile, at 1:15: there is no such escape: write \\\\ for a backslash'],
    ["body == '\\u12'", 'does not compile, at 1:10: there is no such escape: write \\\\ for a backslash'],
    ["body == '\\uD800'", 'does not compile, at 1:10: there is no such escape: write \\\\ for a backslash'],
    ["bytes(body) == b'\\u00ff'", 'does not compile, at 1:18: there is no such escape: write \\\\ for a backslash'],
    ["body.matches('(')", 'has a pattern for matches() that is no regular expression of RE2'],
    ["body.matches('a(?=b)')", 'has a pattern for matches() that is no regular expression of RE2'],
    ['status == 9223372036854775808', 'does not compile: it has a number that has more than 64 bits'],
    ['json.x < 1e400', 'does not compile: it has a number that has more than 64 bits'],
    [
      "status == '200'",
      'compares a whole number with a text, which are never equal; make a number of the text with int() or double()',
    ],
    [
      "headers['x-count'] != 0",
      'compares a text with a whole number, which are never equal; make a number of the text with int() or double()',
    ],
    ['headers.x == null', 'compares a text with null, which are never equal'],
    [
      "headers['x'] > 5",
      'does not compile: there is no > of a text and a whole number; make a number of the text with int() or double()',
    ],
    ["'up' in body", 'does not compile: there is no in of a text and a text; ask a text with contains()'],
    ["status.contains('2')", 'does not compile: there is no contains of a whole number and a text'],
    ['body.contains(5)', 'does not compile: there is no contains of a text and a whole number'],
    ['size() == 1', 'does not compile: size is not called so'],
    ["contains(body, 'a')", 'does not compile: contains is not called so'],
    ['duration(status) > duration(json.x)', undefined],
    ['status ? true : false', 'does not compile: a whole number is neither true nor false'],
    ['!body', 'does not compile: a text is neither true nor false'],
    ['status == 200 || body', 'does not compile: a text is neither true nor false'],
    ['[1].filter(x, 1).size() == 1', 'does not compile: a whole number is neither true nor false'],
    ['body.all(c, c == "a")', 'does not compile: a text has no items'],
    ['body.state == 1', 'does not compile: a text has no fields'],
    [
      'jsn.state == 1',
      'does not compile: it names what there is not; there are status, headers, body, json, latency_ms, certificate_expires_in, dns_ms, connect_ms, tls_ms, first_byte_ms, body_ms',
    ],
    [
      'json.all(jsn, jsn == 1) && jsn',
      'does not compile: it names what there is not; there are status, headers, body, json, latency_ms, certificate_expires_in, dns_ms, connect_ms, tls_ms, first_byte_ms, body_ms',
    ],
    ['has(json)', 'does not compile: it calls a function that there is not'],
    ['size(body)', 'is never true: it has no truth value, write a comparison'],
    ['[true]', 'is never true: it has no truth value, write a comparison'],
    ['"x"', 'is never true: it has no truth value, write a comparison'],
    ['json', undefined],
    ['status == 200.0 && latency_ms < 500.5', undefined],
    ["'content-type' in headers && headers.all(name, name != 'x')", undefined],
    ["timestamp(json.at) > timestamp('2026-01-01T00:00:00Z') && type(json.n) == double", undefined],
    ['type(timestamp(json.at)) == google.protobuf.Timestamp', undefined],
    ['json.items.exists_one(i, i.id == 1) && json.items.map(i, i.id).all(id, id > 0)', undefined],
    ["r'\\d' != body && b'\\xff' != bytes(body) && '\\377' != body // '\\q'", undefined],
  ])('%s', (expression, fault) => {
    expect(expressionFault(expression)).toBe(fault);
  });
});

describe('a body that is not known whole', () => {
  const fault = 'the body is longer than max_body, 16 bytes';
  const cut = { body: '{"state":"up",', bodyFault: fault };
  const latin1 = { body: Buffer.from('{"state":"grün"}', 'latin1') };
  const ANSWERS = {
    cut: [cut, fault],
    'no UTF-8': [latin1, 'the body is not UTF-8 text'],
    'no text of its character set': [
      { body: Buffer.from([0xff, 0xfd]), headers: { 'content-type': 'text/plain; charset=shift_jis' } },
      'the body is not text of its character set',
    ],
    'in an unknown character set': [
      { headers: { 'content-type': 'text/plain; charset=utf-99' } },
      'the body is in a character set that is not known here',
    ],
  } as const;

  describe.each(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])('%s', (name) => {
    const [answer, words] = ANSWERS[name];

    it.each([
      "body.contains('up')",
      "!body.contains('down')",
      'size(body) < 10',
      "body == ''",
      "body != 'x'",
      "!body.matches('x')",
      "json.state != 'down'",
      '!has(json.error)',
      "!('error' in json)",
      'json == json',
      "status == 200 && body != 'x'",
      "status == 500 || body != 'x'",
      "body != 'x' ? true : true",
      "[1].all(i, body != 'x')",
      '![json].exists(j, false)',
      'type(body) == string',
    ])('has no truth value in %s', (expression) => {
      expect(judge(expression, answer)?.message).toBe(`cannot be evaluated (${words}): ${expression}`);
    });

    it.each(["status == 200 || body.contains('x')", "body.contains('x') || status == 200", 'latency_ms < 100'])(
      'does not matter to %s',
      (expression) => {
        expect(judge(expression, answer)).toBeUndefined();
      },
    );

    it('does not matter to what is false without it', () => {
      expect(judge("body.contains('x') && status == 500", answer)?.message).toMatch(/^not true/);
    });
  });

  it.each([
    ['the body is no JSON', '<html>'],
    ['the body is no JSON', ''],
    ['the body is no JSON', '{"a":1'],
    ['the body is nested too deep', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('%s', (words, body) => {
    const expression = '!has(json.error)';
    expect(judge(expression, { body })?.message).toBe(`cannot be evaluated (${words}): ${expression}`);
    expect(judge("!body.contains('error')", { body })).toBeUndefined();
  });

  it.each([
    ['text/html; charset=ISO-8859-1', Buffer.from('grün', 'latin1')],
    ['text/html;charset="utf-16le"', Buffer.from('grün', 'utf16le')],
    ['text/html', Buffer.from('\ufeffgrün')],
  ])('is read in its character set: %s', (type, body) => {
    expect(judge("body == 'grün'", { headers: { 'content-type': type }, body })).toBeUndefined();
  });
});

describe('a failed expectation shows what came', () => {
  const body =
    '{"state":"lagging","n":5,"nothing":null,"list":[1,2],"obj":{"a":"b","token":"t0p"},"access_token":"abc","sessions":4}';
  const headers = { 'x-version': '7', 'set-cookie': 'sid=123' };

  it.each([
    ["json.state == 'up'", 'json.state was "lagging"'],
    ["json['state'] == 'up'", 'json["state"] was "lagging"'],
    ['status == 204', 'status was 200'],
    ["headers['x-version'] == '8'", 'headers["x-version"] was "7"'],
    ["headers['x-other'] == '8'", 'there is no headers["x-other"]'],
    ["'x-other' in headers", 'there is no headers["x-other"]'],
    ['latency_ms < 5', 'latency_ms was 12'],
    ['has(json.missing)', 'there is no json.missing'],
    ['json.missing.deep == 1', 'there is no json.missing.deep'],
    ['json.nothing != null', 'json.nothing was null'],
    ['json.n > 5.0 || json.n < 2.0', 'json.n was 5'],
    ['json.list.all(i, i > 1.0)', 'json.list was [1,2]'],
    ['json.list[1] == 1', 'json.list[1] was 2'],
    ['json.obj == {}', 'json.obj was {"a":"b","token":"[redacted]"}'],
    ['json == 1', 'json was an object of 7'],
    ["int(headers['x-version'] + 'x') == 7", 'headers["x-version"] was "7"'],
    ['size(body) < 10', 'size(body) was 117'],
    ["body.contains('up')", 'size(body) was 117'],
    ["json.access_token == 'x'", 'json.access_token was [redacted]'],
    ['json.sessions < 3.0', 'json.sessions was 4'],
    ["headers['set-cookie'] == 'x'", 'headers["set-cookie"] was [redacted]'],
    // What is true is not shown.
    ["status == 200 && json.n == 5 && json.state == 'up'", 'json.state was "lagging"'],
    ['1 == 2', undefined],
  ])('%s', (expression, evidence) => {
    expect(judge(expression, { body, headers })?.evidence).toBe(evidence);
  });

  it('is bounded and printable', () => {
    const long = JSON.stringify({
      a: `\u0007\u202e${'x'.repeat(5000)}`,
      b: Array(5000).fill('yy'),
      c: '😀'.repeat(500),
    });
    const evidence = judge("json.a == '' || json.b == [] || json.c == ''", { body: long })?.evidence ?? '';
    expect(evidence).toMatch(/^json\.a was "\\u0007 ?x+….*json\.b was \["yy",.*…/);
    expect(evidence.length).toBeLessThanOrEqual(256);
    expect(evidence.isWellFormed()).toBe(true);
    expect(evidence).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('shows the body where it may', () => {
    expect(judge("body.contains('up')", { body: 'it is down' }, [], true)?.evidence).toBe(
      'size(body) was 10, body was "it is down"',
    );
  });

  const SECRETS = [
    'Bearer tok-e/n+1',
    'Basic bWU6aHVudGVyMg==',
    'pa ss%',
    '{"pin":"x9y8","user":"jo"}',
    'key=s3cr3t&v=1',
    'ab',
  ];
  it.each([
    'tok-e/n+1',
    'BEARER TOK-E/N+1',
    'your key was tok-e%2Fn%2B1.',
    'hunter2',
    'me:hunter2',
    'bWU6aHVudGVyMg==',
    'pa ss%',
    'pa%20ss%25',
    'x9y8',
    's3cr3t',
    '{"pin":"x9y8","user":"jo"}',
    'ab',
    `${'x'.repeat(70)}tok-e/n+1`,
  ])('never shows what was sent, should it come back: %s', (echo) => {
    const given = { body: JSON.stringify({ echo, list: [echo], [echo]: 1 }), headers: { 'x-echo': echo } };
    for (const expression of [
      "json.echo == ''",
      'json.list == []',
      "headers['x-echo'] == ''",
      "body == ''",
      'json == 1',
    ]) {
      const { evidence = '' } = judge(expression, given, SECRETS, true) ?? {};
      expect(evidence).not.toMatch(/tok-e|hunter2|bWU6|pa ss|pa%20ss|x9y8|s3cr3t|\bab\b/i);
    }
  });

  it('leaves alone what is no secret', () => {
    expect(judge("json.state == 'up'", { body: '{"state":"absent 1"}' }, ['ab', '1e', ''])?.evidence).toBe(
      'json.state was "absent 1"',
    );
  });
});

describe('what is known of the run beside the answer', () => {
  const DAY = 86_400_000;
  it.each<[string, Given, string | undefined]>([
    ["certificate_expires_in > duration('336h')", { certificateExpiresInMs: 20 * DAY }, undefined],
    [
      "certificate_expires_in > duration('336h')",
      { certificateExpiresInMs: 13 * DAY + 500 },
      'certificate_expires_in was "1123200.5s"',
    ],
    ["certificate_expires_in > duration('0s')", { certificateExpiresInMs: -1000 }, 'certificate_expires_in was "-1s"'],
    ["certificate_expires_in == null || certificate_expires_in > duration('1h')", {}, undefined],
    ["certificate_expires_in > duration('1h')", {}, 'certificate_expires_in was null'],
    ['dns_ms < 5 && connect_ms < 5 && tls_ms < 5 && first_byte_ms < 5 && body_ms < 5', {}, undefined],
    [
      'dns_ms < 5 && connect_ms < 5 && tls_ms < 5 && first_byte_ms < 5 && body_ms < 5',
      { phases: { dnsMs: 1, connectMs: 2.4, tlsMs: 31.2, firstByteMs: 4, bodyMs: 8 } },
      'tls_ms was 31, body_ms was 8',
    ],
  ])('%s of %j', (expression, given, evidence) => {
    expect(judge(expression, given)?.evidence).toBe(evidence);
  });
});
