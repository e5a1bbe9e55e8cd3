// What CORS adds to the answers of calls (fetch.spec.whatwg.org, CORS protocol), as @fastify/cors adds it to all others and to
// preflights.
import type { RawHeaders } from '../calls/exchange.ts';
import type { CorsPolicy } from '../pages/browser-policy.ts';

/** By the origin that a request names. Undefined where no other origin may call. */
export function createCorsHeaders(policy: CorsPolicy): ((origin: string | undefined) => RawHeaders) | undefined {
  const { origins, exposedHeaders, allowCredentials } = policy;
  if (origins.length === 0) return undefined;
  const common = [
    ...(allowCredentials ? ['access-control-allow-credentials', 'true'] : []),
    'access-control-expose-headers',
    exposedHeaders.join(', '),
  ];
  if (origins.includes('*')) {
    const toAll = ['access-control-allow-origin', '*', ...common];
    return () => toAll;
  }
  const toOthers = ['vary', 'Origin', ...common];
  const byOrigin = new Map(
    origins.map((origin) => [origin, ['vary', 'Origin', 'access-control-allow-origin', origin, ...common]]),
  );
  return (origin) => (origin === undefined ? toOthers : (byOrigin.get(origin) ?? toOthers));
}
