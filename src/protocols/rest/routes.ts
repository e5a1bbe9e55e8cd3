// Every binding of the mounted methods, in one router. Whatever cannot be served is found here, when the server starts.
import type { Message, Registry } from '@bufbuild/protobuf';
import { type HttpBinding, HttpRuleError, readHttpBindings } from './http-rule.ts';
import type { NearestName } from './nearest-name.ts';
import { createPathRouter, type PathRouter } from './path-router.ts';
import type { Procedure } from './procedures.ts';
import { createResponseWriter } from './response-json.ts';

export interface RestRoute {
  readonly binding: HttpBinding;
  readonly procedure: Procedure;
  readonly toJson: (message: Message) => string;
}

export interface RestRoutes {
  readonly router: PathRouter<RestRoute>;
  /** Of all bindings; `*` for any. */
  readonly httpMethods: ReadonlySet<string>;
}

/** @throws HttpRuleError for a rule that does not fit its method, and for two methods on one path. */
export function createRestRoutes(
  procedures: readonly Procedure[],
  registry: Registry,
  nearestName: NearestName,
): RestRoutes {
  const router = createPathRouter<RestRoute>();
  const httpMethods = new Set<string>();
  for (const procedure of procedures) {
    for (const binding of readHttpBindings(procedure.method, nearestName)) {
      const { httpMethod, template } = binding;
      const toJson = createResponseWriter(binding, registry);
      const present = router.add(httpMethod, template, { binding, procedure, toJson });
      if (present !== undefined) throw new HttpRuleError(conflict(binding, present.binding));
      httpMethods.add(httpMethod);
    }
  }
  return { router, httpMethods };
}

function conflict(one: HttpBinding, other: HttpBinding): string {
  return `google.api.http: ${describe(one)} and ${describe(other)} take the same requests`;
}

function describe({ method, httpMethod, pattern }: HttpBinding): string {
  return `${method.parent.typeName}.${method.name} (${httpMethod} ${pattern})`;
}
