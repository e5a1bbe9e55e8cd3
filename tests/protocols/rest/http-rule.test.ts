// Rules that cannot be served: found at the start, with the method that has them. Each is made from the descriptor of a
// real method with another google.api.http option.
import { clone, create, createFileRegistry, type DescMethod, setExtension } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { http } from '../../../gen/google/api/annotations_pb.ts';
import { type HttpRule, HttpRuleSchema } from '../../../gen/google/api/http_pb.ts';
import { collectMethods, type RecordedMethod } from '../../../src/calls/methods.ts';
import { readHttpBindings } from '../../../src/protocols/rest/http-rule.ts';
import { createRestCalls } from '../../../src/protocols/rest/rest-calls.ts';
import { file_openk_test_v1_rest, RestService } from '../../gen/openk/test/v1/rest_pb.ts';

type Rule = Parameters<typeof create<typeof HttpRuleSchema>>[1];

/** RestService.Query with this rule. */
function withRule(rule: Rule, change: { clientStreaming?: boolean } = {}): DescMethod {
  const file = clone(FileDescriptorProtoSchema, file_openk_test_v1_rest.proto);
  const method = file.service[0]!.method.find(({ name }) => name === 'Query')!;
  Object.assign(method, change);
  method.options = create(MethodOptionsSchema);
  setExtension(method.options, http, create(HttpRuleSchema, rule) as HttpRule);
  const dependencies = new Map<string, typeof file>();
  const add = ({ proto, dependencies: more }: typeof file_openk_test_v1_rest) => {
    more.forEach(add);
    dependencies.set(proto.name, proto);
  };
  file_openk_test_v1_rest.dependencies.forEach(add);
  const set = create(FileDescriptorSetSchema, { file: [...dependencies.values(), file] });
  return createFileRegistry(set).getService(RestService.typeName)!.method.query!;
}

const none = () => undefined;
const get = (value: string) => ({ pattern: { case: 'get' as const, value } });

describe('a rule', () => {
  it.each<[string, Rule]>([
    ['it has no method and path', {}],
    ['path template "x", character 1: it must begin with "/"', get('x')],
    ['/x/{nope}: there is no field "nope"', get('/x/{nope}')],
    ['/x/{nested.nope}: there is no field "nested.nope"', get('/x/{nested.nope}')],
    ['/x/{text.y}: "text" has no fields of its own', get('/x/{text.y}')],
    ['/x/{nested}: "nested" is not a field that a path can hold', get('/x/{nested}')],
    ['/x/{texts}: "texts" is not a field that a path can hold', get('/x/{texts}')],
    ['/x/{labels}: "labels" is not a field that a path can hold', get('/x/{labels}')],
    ['/x/{struct}: "struct" is not a field that a path can hold', get('/x/{struct}')],
    ['body: openk.test.v1.Everything has no field "nope"', { ...get('/x'), body: 'nope' }],
    ['body: openk.test.v1.Everything has no field "nested.child"', { ...get('/x'), body: 'nested.child' }],
    ['body: the path fills "nested" too', { ...get('/x/{nested.name}'), body: 'nested' }],
    ['response_body: openk.test.v1.Echo has no field "nope"', { ...get('/x'), responseBody: 'nope' }],
    [
      'additional_bindings may not be nested',
      {
        ...get('/x'),
        additionalBindings: [
          create(HttpRuleSchema, { ...get('/y'), additionalBindings: [create(HttpRuleSchema, get('/z'))] }),
        ],
      },
    ],
  ])('%s', (what, rule) => {
    expect(() => readHttpBindings(withRule(rule), none)).toThrow(
      `google.api.http of openk.test.v1.RestService.Query: ${what}`,
    );
  });

  it('cannot be for a stream of requests', () => {
    expect(() => readHttpBindings(withRule(get('/x'), { clientStreaming: true }), none)).toThrow(
      'a stream of requests has no REST form',
    );
  });

  it('may not take the requests of another', () => {
    const methods = collectMethods((router) => router.service(RestService, {}));
    const [first] = methods;
    const routes = (method: DescMethod) =>
      createRestCalls({
        methods: [...methods, { ...first!, spec: { ...first!.spec, method } as RecordedMethod['spec'] }],
        interceptors: [],
        registry: createFileRegistry(),
        nearestName: none,
        resumable: [],
        requestBytes: 1024,
      });
    expect(() => routes(withRule(get('/test/v1/jobs/{nested.name}')))).toThrow(
      'google.api.http: openk.test.v1.RestService.Query (GET /test/v1/jobs/{nested.name}) and openk.test.v1.RestService.Variable (GET /test/v1/jobs/{text}) take the same requests',
    );
    expect(routes(withRule(get('/test/v2/{text}'))).httpMethods).toContain('PURGE');
  });

  it('is not there for a method that has no REST path', () => {
    expect(readHttpBindings(RestService.method.unmapped, none)).toEqual([]);
  });
});
