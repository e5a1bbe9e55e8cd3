// The OpenAPI document as tests read it: its operations with references resolved, and its schemas as checks.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Schema = { readonly title?: string; readonly [key: string]: unknown };

export interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Response {
  readonly content: Readonly<Record<string, Media>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Response;
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

export interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody: Response | undefined;
  /** By HTTP status; `default` for all others. */
  readonly responses: Readonly<Record<string, Response>>;
}

export function operationsOf({ paths, components }: OpenapiDocument): Operation[] {
  const resolve = (response: Response | { readonly $ref: string }): Response =>
    '$ref' in response ? components.responses[response.$ref.split('/').at(-1)!]! : response;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([httpMethod, { operationId, summary, parameters = [], requestBody, responses }]) => ({
      id: operationId,
      summary,
      httpMethod,
      path,
      parameters,
      requestBody,
      responses: Object.fromEntries(Object.entries(responses).map(([status, each]) => [status, resolve(each)])),
    })),
  );
}

/** The faults of a value by a schema of the document; empty when it fits. What no schema speaks of is a fault too. */
export function createSchemaCheck(document: OpenapiDocument): (schema: Schema, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uint32: true, uint64: true } });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'openapi', ...closed(document) });
  return (schema, value) => {
    const validate = ajv.compile(absolute(schema) as Schema);
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** References into the document, from outside of it. */
function absolute(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'));
}

/** An object with properties may have no others, so that a misspelt one is found. */
function closed({ components }: OpenapiDocument): Schema {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => [
    name,
    'properties' in schema ? { ...schema, additionalProperties: false } : schema,
  ]);
  return { components: { schemas: Object.fromEntries(schemas) } };
}
