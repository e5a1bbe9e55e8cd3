// Requests that are no calls, as metrics by the OpenTelemetry conventions for HTTP
// (opentelemetry.io/docs/specs/semconv/http/http-metrics): health checks, pages, scrapes, and what is not there.
import type { Attributes, Meter } from '@opentelemetry/api';
import type { EdgeRequest } from './observed-call.ts';

/** The boundaries that the conventions advise, in seconds. */
const DURATION_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Others are `_OTHER`, so that callers cannot make up attributes. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/** Called when the request is over. Must not throw. */
export type RequestObserver = (request: EdgeRequest, httpStatus: number, durationMs: number) => void;

export function createRequestMetrics(meter: Meter): RequestObserver {
  const duration = meter.createHistogram('http.server.request.duration', {
    description: 'Duration of requests that are no calls: health checks, pages, and what is not there.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
  });
  return ({ httpMethod, scheme }, httpStatus, durationMs) => {
    const attributes: Attributes = {
      'http.request.method': METHODS.has(httpMethod) ? httpMethod : '_OTHER',
      'http.response.status_code': httpStatus,
      'url.scheme': scheme,
    };
    if (httpStatus >= 500) attributes['error.type'] = String(httpStatus);
    duration.record(durationMs / 1000, attributes);
  };
}
