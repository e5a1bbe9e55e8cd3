// Which route takes which path, and which variables it finds there.
import { describe, expect, it } from '@jest/globals';
import { createPathRouter } from '../../../src/protocols/rest/path-router.ts';
import { parsePathTemplate, variableText } from '../../../src/protocols/rest/path-template.ts';

const ROUTES = [
  'GET /v1/books',
  'POST /v1/books',
  'GET /v1/books/all',
  'GET /v1/books/{id}',
  'DELETE /v1/books/{id}',
  'POST /v1/books/{id}:read',
  'GET /v1/books/{id}:pages',
  'POST /v1/books:batchGet',
  'GET /v1/books/{id}/pages/{page}',
  'GET /v1/{name=shelves/*}',
  'GET /v1/{name=shelves/*/books/*}',
  'PATCH /v1/{name=shelves/*}',
  'GET /v1/files/{path=**}',
  'GET /v1/files/{path=**}:stat',
  'GET /v1/files/exact/path',
  'PUT /v1/files/exact/path',
  'GET /v2/*/x',
  'GET /v2/a/y',
  'GET /v2/**',
  '* /v3/{any}',
  'HEAD /v4/own',
  'GET /v4/own',
  'GET /with%20space/{x}',
  'LINK /v5/{x}',
] as const;

const router = createPathRouter<string>();
const templates = new Map<string, ReturnType<typeof parsePathTemplate>>();
for (const route of ROUTES) {
  const [method = '', path = ''] = route.split(' ');
  const template = parsePathTemplate(path);
  templates.set(route, template);
  router.add(method, template, route);
}

/** The route with the values of its variables; the methods in case of 405; or nothing. */
function ask(request: string): string {
  const [method = '', path = ''] = request.split(' ');
  const result = router.find(method, path);
  if (result.kind === 'not-found') return 'none';
  if (result.kind === 'method-not-allowed') return `405 ${result.allowed.join(',')}`;
  const values = templates
    .get(result.route)!
    .variables.map((variable) => `${variable.fieldPath}=${variableText(result.segments, variable)}`);
  return [result.route, ...values].join(' ');
}

describe('a path', () => {
  it.each([
    ['GET /v1/books', 'GET /v1/books'],
    ['POST /v1/books', 'POST /v1/books'],
    ['HEAD /v1/books', 'GET /v1/books'],
    ['GET /v1/%62ooks', 'GET /v1/books'],
    ['GET /v1/books/', 'none'],
    ['GET /v1//books', 'none'],
    ['GET //v1/books', 'none'],
    ['GET /V1/books', 'none'],
    ['GET /', 'none'],
    ['GET /v1', 'none'],
    ['GET /v1/', 'none'],
    ['GET /v1/nope', 'none'],
    ['GET /v9/books', 'none'],
    ['PUT /v1/books', '405 GET,HEAD,POST'],
    ['OPTIONS /v1/books', '405 GET,HEAD,POST'],
    ['get /v1/books', '405 GET,HEAD,POST'],
    ['GET /v1/books/all', 'GET /v1/books/all'],
    ['HEAD /v1/books/all', 'GET /v1/books/all'],
    ['DELETE /v1/books/all', 'DELETE /v1/books/{id} id=all'],
    ['PUT /v1/books/all', '405 DELETE,GET,HEAD'],
    ['GET /v1/books/1', 'GET /v1/books/{id} id=1'],
    ['GET /v1/books/a%20b', 'GET /v1/books/{id} id=a b'],
    ['GET /v1/books/a+b', 'GET /v1/books/{id} id=a+b'],
    ['GET /v1/books/a%2Fb', 'GET /v1/books/{id} id=a/b'],
    ['GET /v1/books/a%2fb', 'GET /v1/books/{id} id=a/b'],
    ['GET /v1/books/%C3%A4', 'GET /v1/books/{id} id=ä'],
    ['GET /v1/books/%25', 'GET /v1/books/{id} id=%'],
    ['GET /v1/books/%2525', 'GET /v1/books/{id} id=%25'],
    ['GET /v1/books/%61ll', 'GET /v1/books/all'],
    ['GET /v1/books/%', 'GET /v1/books/{id} id=undefined'],
    ['GET /v1/books/%ff', 'GET /v1/books/{id} id=undefined'],
    ['GET /v1/books/%F0%9F%98%80', 'GET /v1/books/{id} id=😀'],
    ['GET /v1/books/a:b', 'GET /v1/books/{id} id=a:b'],
    ['GET /v1/books/urn:isbn:1', 'GET /v1/books/{id} id=urn:isbn:1'],
    ['GET /v1/books/:', 'GET /v1/books/{id} id=:'],
    ['GET /v1/books/1/2', 'none'],
    ['POST /v1/books/1:read', 'POST /v1/books/{id}:read id=1'],
    ['POST /v1/books/a:b:read', 'POST /v1/books/{id}:read id=a:b'],
    ['POST /v1/books/1%3Aread', '405 DELETE,GET,HEAD'],
    ['GET /v1/books/1%3Aread', 'GET /v1/books/{id} id=1:read'],
    ['GET /v1/books/1:read', '405 POST'],
    ['GET /v1/books/1:re%61d', '405 POST'],
    ['POST /v1/books/:read', '405 DELETE,GET,HEAD'],
    ['POST /v1/books/all:read', 'POST /v1/books/{id}:read id=all'],
    ['GET /v1/books/1:pages', 'GET /v1/books/{id}:pages id=1'],
    ['HEAD /v1/books/1:pages', 'GET /v1/books/{id}:pages id=1'],
    ['POST /v1/books/1:pages', '405 GET,HEAD'],
    ['POST /v1/books:batchGet', 'POST /v1/books:batchGet'],
    ['GET /v1/books:batchGet', '405 POST'],
    ['GET /v1/books:nope', 'none'],
    ['GET /v1/books/1/pages/2', 'GET /v1/books/{id}/pages/{page} id=1 page=2'],
    ['GET /v1/books/all/pages/2', 'GET /v1/books/{id}/pages/{page} id=all page=2'],
    ['GET /v1/books/a%2Fb/pages/c%2Fd', 'GET /v1/books/{id}/pages/{page} id=a/b page=c/d'],
    ['GET /v1/shelves/1', 'GET /v1/{name=shelves/*} name=shelves/1'],
    ['PATCH /v1/shelves/1', 'PATCH /v1/{name=shelves/*} name=shelves/1'],
    ['GET /v1/shelves/a%2Fb', 'GET /v1/{name=shelves/*} name=shelves/a%2Fb'],
    ['GET /v1/shelves/a%2fb', 'GET /v1/{name=shelves/*} name=shelves/a%2fb'],
    ['GET /v1/shelves/a%20b', 'GET /v1/{name=shelves/*} name=shelves/a b'],
    ['GET /v1/shelves/', 'none'],
    ['GET /v1/shelves', 'none'],
    ['GET /v1/shelves/1/books/2', 'GET /v1/{name=shelves/*/books/*} name=shelves/1/books/2'],
    ['GET /v1/shelves/1/books', 'none'],
    ['GET /v1/files', 'GET /v1/files/{path=**} path='],
    ['GET /v1/files/', 'GET /v1/files/{path=**} path='],
    ['GET /v1/files/a', 'GET /v1/files/{path=**} path=a'],
    ['GET /v1/files/a/b/c', 'GET /v1/files/{path=**} path=a/b/c'],
    ['GET /v1/files/a%2Fb/c%20d', 'GET /v1/files/{path=**} path=a%2Fb/c d'],
    ['GET /v1/files/a//b/', 'GET /v1/files/{path=**} path=a//b/'],
    ['GET /v1/files/exact', 'GET /v1/files/{path=**} path=exact'],
    ['GET /v1/files/exact/path', 'GET /v1/files/exact/path'],
    ['PUT /v1/files/exact/path', 'PUT /v1/files/exact/path'],
    ['PUT /v1/files/other', '405 GET,HEAD'],
    ['PATCH /v1/files/exact/path', '405 GET,HEAD,PUT'],
    ['GET /v1/files/exact/path/more', 'GET /v1/files/{path=**} path=exact/path/more'],
    ['GET /v1/files/a/b:stat', 'GET /v1/files/{path=**}:stat path=a/b'],
    ['GET /v1/files/a/b:other', 'GET /v1/files/{path=**} path=a/b:other'],
    ['GET /v1/files/a:stat/b', 'GET /v1/files/{path=**} path=a:stat/b'],
    ['GET /v2/b/x', 'GET /v2/*/x'],
    ['GET /v2/a/x', 'GET /v2/*/x'],
    ['GET /v2/a/y', 'GET /v2/a/y'],
    ['GET /v2/b/y', 'GET /v2/**'],
    ['GET /v2', 'GET /v2/**'],
    ['GET /v2/a/y/z', 'GET /v2/**'],
    ['PURGE /v3/1', '* /v3/{any} any=1'],
    ['GET /v3/1', '* /v3/{any} any=1'],
    ['HEAD /v3/1', '* /v3/{any} any=1'],
    ['HEAD /v4/own', 'HEAD /v4/own'],
    ['GET /with%20space/1', 'GET /with%20space/{x} x=1'],
    ['LINK /v5/1', 'LINK /v5/{x} x=1'],
    ['HEAD /v5/1', '405 LINK'],
  ])('%s → %s', (request, expected) => {
    expect(ask(request)).toBe(expected);
  });
});

describe('what belongs to the router', () => {
  it.each([
    ['/v1', true],
    ['/v1/nope/at/all', true],
    ['/%761/x', true],
    ['/v11', false],
    ['/', false],
    ['/metrics', false],
  ])('%s: %s', (path, owned) => {
    expect(router.owns(path)).toBe(owned);
  });
});

describe('two routes for the same requests', () => {
  it.each([
    ['GET /a', 'GET /a'],
    ['GET /{x}', 'GET /{y}'],
    ['GET /{x}', 'GET /{y=*}'],
    ['GET /a/{x}', 'GET /a/*'],
    ['GET /{x=**}', 'GET /**'],
    ['GET /{x=a/*}/b', 'GET /a/{y}/b'],
    ['GET /{x}:v', 'GET /{y}:v'],
    ['GET /a%20b', 'GET /{x=a%20b}'],
  ])('%s and %s', (one, other) => {
    const pair = createPathRouter<string>();
    const add = (route: string) => {
      const [method = '', path = ''] = route.split(' ');
      return pair.add(method, parsePathTemplate(path), route);
    };
    expect(add(one)).toBeUndefined();
    expect(add(other)).toBe(one);
  });

  it('are none with another method or verb', () => {
    const pair = createPathRouter<string>();
    for (const [method, path] of [
      ['GET', '/{x}'],
      ['PUT', '/{x}'],
      ['GET', '/{x}:v'],
      ['GET', '/{x}:w'],
      ['GET', '/{x=**}'],
    ] as const) {
      expect(pair.add(method, parsePathTemplate(path), path)).toBeUndefined();
    }
  });
});
