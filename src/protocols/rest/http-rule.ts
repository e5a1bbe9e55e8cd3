// The google.api.http option of a method as bindings that are known to fit its messages: whatever is wrong with a rule is
// found when the server starts, and names the method.
import { type DescField, type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { http } from '../../../gen/google/api/annotations_pb.ts';
import type { HttpRule } from '../../../gen/google/api/http_pb.ts';
import { type FieldPath, findField, findFieldPath } from './field-path.ts';
import type { ParseValue } from './field-value.ts';
import type { NearestName } from './nearest-name.ts';
import { type PathTemplate, parsePathTemplate, type Variable } from './path-template.ts';
import { shortValueParser } from './short-forms.ts';

export interface BoundVariable extends Variable {
  readonly path: FieldPath;
  readonly parse: ParseValue;
}

/** One way to call a method by REST. */
export interface HttpBinding {
  readonly method: DescMethod;
  readonly httpMethod: string;
  /** As in the .proto. */
  readonly pattern: string;
  readonly template: PathTemplate;
  readonly variables: readonly BoundVariable[];
  /** What the body fills: the message, one field of it, or nothing. */
  readonly body: '*' | DescField | undefined;
  /** The field of the answer that is sent; undefined: the whole. */
  readonly responseField: DescField | undefined;
}

/** A rule that cannot be served. Says which, and why. */
export class HttpRuleError extends Error {
  override readonly name = 'HttpRuleError';
}

/** Empty for a method without the option. @throws HttpRuleError */
export function readHttpBindings(method: DescMethod, nearestName: NearestName): readonly HttpBinding[] {
  if (!hasOption(method, http)) return [];
  const rule = getOption(method, http);
  const fail = (what: string): never => {
    throw new HttpRuleError(`google.api.http of ${method.parent.typeName}.${method.name}: ${what}`);
  };
  if (method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming') {
    fail('a stream of requests has no REST form');
  }
  if (rule.additionalBindings.some(({ additionalBindings }) => additionalBindings.length > 0)) {
    fail('additional_bindings may not be nested');
  }
  return [rule, ...rule.additionalBindings].map((each) => readBinding(method, each, nearestName, fail));
}

function readBinding(
  method: DescMethod,
  rule: HttpRule,
  nearestName: NearestName,
  fail: (what: string) => never,
): HttpBinding {
  const { httpMethod, pattern } = readPattern(rule) ?? fail('it has no method and path');
  const template = attempt(() => parsePathTemplate(pattern), fail);
  const variables = template.variables.map((variable): BoundVariable => {
    const path = findFieldPath(method.input, variable.fieldPath, nearestName);
    if (typeof path === 'string') return fail(`${pattern}: ${path}`);
    const field = path.at(-1)!;
    const parse = field.fieldKind === 'list' ? undefined : shortValueParser(field, nearestName);
    if (parse === undefined) return fail(`${pattern}: "${variable.fieldPath}" is not a field that a path can hold`);
    return { ...variable, path, parse };
  });
  const body = rule.body === '' || rule.body === '*' ? rule.body || undefined : findField(method.input, rule.body);
  if (body === undefined && rule.body !== '') fail(`body: ${method.input.typeName} has no field "${rule.body}"`);
  if (typeof body === 'object' && variables.some(({ path }) => path[0] === body)) {
    fail(`body: the path fills "${rule.body}" too`);
  }
  const responseField = rule.responseBody === '' ? undefined : findField(method.output, rule.responseBody);
  if (responseField === undefined && rule.responseBody !== '') {
    fail(`response_body: ${method.output.typeName} has no field "${rule.responseBody}"`);
  }
  return { method, httpMethod, pattern, template, variables, body, responseField };
}

function readPattern({ pattern }: HttpRule): { httpMethod: string; pattern: string } | undefined {
  switch (pattern.case) {
    case undefined:
      return undefined;
    case 'custom':
      return { httpMethod: pattern.value.kind, pattern: pattern.value.path };
    default:
      return { httpMethod: pattern.case.toUpperCase(), pattern: pattern.value };
  }
}

function attempt<T>(run: () => T, fail: (what: string) => never): T {
  try {
    return run();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
