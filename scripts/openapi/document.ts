// The whole OpenAPI document (3.1.1): every google.api.http binding of the services, and what is given beside them.
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { nearestName } from '../../src/core/nearest.ts';
import { readHttpBindings } from '../../src/protocols/rest/http-rule.ts';
import type { PathTemplate } from '../../src/protocols/rest/path-template.ts';
import { commentOf } from '../proto/image.ts';
import { ERROR_COMPONENTS, ERROR_SCHEMAS } from './error-schema.ts';
import { createSchemaSet } from './json-schema.ts';
import { type Examples, toOperation } from './operation.ts';
import type { Schema } from './rule-schema.ts';

export interface DocumentOptions {
  readonly info: Schema;
  readonly services: readonly DescService[];
  readonly examples: Examples;
  /** Of `paths`. */
  readonly tags: readonly Schema[];
  /** Beside those of the services. */
  readonly paths: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

export function createDocument({ info, services, examples, tags, paths, schemas }: DocumentOptions): Schema {
  const set = createSchemaSet();
  const bound: Record<string, Record<string, Schema>> = {};
  for (const { binding, id } of services.flatMap(({ methods }) => methods.flatMap(bindingsOf))) {
    const path = renderPath(binding.template);
    bound[path] = { ...bound[path], [binding.httpMethod.toLowerCase()]: toOperation(binding, id, set, examples) };
  }
  return {
    openapi: '3.1.1',
    info,
    // Beside the document itself: a proxy may have put a path before both.
    servers: [{ url: '.' }],
    security: [],
    tags: [...services.map((service) => ({ name: service.name, description: commentOf(service) })), ...tags],
    paths: { ...bound, ...paths },
    components: {
      schemas: { ...set.all(), ...ERROR_SCHEMAS, ...schemas },
      responses: ERROR_COMPONENTS,
    },
  };
}

/** The first binding has the name of its method, the others a number behind. */
function bindingsOf(method: DescMethod) {
  return readHttpBindings(method, nearestName).map((binding, index) => {
    const name = `${method.parent.name}_${method.name}`;
    return { binding, id: index === 0 ? name : `${name}_${index + 1}` };
  });
}

/** Of a variable over several segments, OpenAPI knows the name alone. */
export function renderPath({ segments, variables, verb }: PathTemplate): string {
  const parts: string[] = [];
  for (let index = 0; index < segments.length; index++) {
    const variable = variables.find(({ start }) => start === index);
    const segment = segments[index]!;
    if (variable !== undefined) {
      parts.push(`{${variable.fieldPath}}`);
      index = (variable.end ?? segments.length) - 1;
    } else {
      parts.push(segment.kind === 'literal' ? encodeURIComponent(segment.value) : segment.kind === 'any' ? '*' : '**');
    }
  }
  return `/${parts.join('/')}${verb === '' ? '' : `:${verb}`}`;
}
