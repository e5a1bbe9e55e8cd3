// What services say that are not among the recorded ones: the same families by other hands. A row: status, body, verdict, and the
// parts where these matter; H, D, U and N are HEALTHY, DEGRADED, UNHEALTHY and UNKNOWN.
import { describe, expect, it } from '@jest/globals';
import { createBodyReader } from '../../../src/probes/health-body/read-health-body.ts';
import { bodyVerdict, eachPart, statusVerdict } from '../../../src/probes/health-body/verdict.ts';

const LETTERS = { HEALTHY: 'H', DEGRADED: 'D', UNHEALTHY: 'U', UNKNOWN: 'N' } as const;

type Row = readonly [status: number, body: string, verdict: string, parts?: string, contentType?: string];

const ROWS: readonly Row[] = [
  [
    200,
    '{"status":"Healthy","totalDuration":"00:00:00.01","entries":{"db":{"data":{},"duration":"00:00:00.1","status":"Healthy","tags":[]}}}',
    'H',
    'db:H',
  ],
  [
    200,
    '{"status":"Degraded","totalDuration":"00:00:00.01","entries":{"db":{"data":{},"description":"slow","duration":"00:00:00.1","status":"Degraded","tags":[]},"q":{"status":"Healthy"}}}',
    'D',
    'db:D q:H',
  ],
  [
    503,
    '{"status":"Unhealthy","totalDuration":"00:00:00.01","entries":{"db":{"exception":"boom","status":"Unhealthy"}}}',
    'U',
    'db:U',
  ],
  [
    200,
    '{"Status":2,"TotalDuration":"00:00:00.01","Entries":{"db":{"Data":{},"Description":null,"Duration":"0","Exception":null,"Status":2,"Tags":[]}}}',
    'H',
    'db:H',
  ],
  [200, '{"Status":1,"TotalDuration":"00:00:00.01","Entries":{"db":{"Status":1},"x":{"Status":2}}}', 'D', 'db:D x:H'],
  [503, '{"Status":0,"Entries":{"db":{"Status":0}}}', 'U', 'db:U'],
  [200, '{"status":"pass"}', 'H', ''],
  [200, '{"status":"WARN"}', 'D', ''],
  [503, '{"status":"fail"}', 'U', ''],
  [
    200,
    '{"status":"pass","version":"1","releaseId":"1.2.2","notes":[""],"output":"","serviceId":"f03e522f","description":"health of authz service","checks":{"cassandra:responseTimes":[{"componentId":"dfd","componentType":"datastore","observedValue":250,"observedUnit":"ms","status":"pass","affectedEndpoints":["/u"],"time":"2018-01-17T03:36:48Z","output":""}],"cpu:utilization":[{"componentId":"6fd416e0","node":1,"componentType":"system","observedValue":85,"status":"warn","time":"2018-01-17T03:36:48Z","output":""},{"componentId":"6fd","node":2,"observedValue":8,"status":"pass"}],"uptime":[{"componentType":"system","observedValue":1209600.245,"observedUnit":"s"}]},"links":{"about":"http://x"}}',
    'D',
    'cassandra:responseTimes:H cpu:utilization:D',
  ],
  [
    200,
    '{"name":"app","status":"UP","details":{"compositeDiscoveryClient()":{"name":"app","status":"UP","details":{"services":{}}},"jdbc:mysql":{"name":"app","status":"UP","details":{"database":"H2","version":"1"}}}}',
    'H',
    'compositeDiscoveryClient():H jdbc:mysql:H',
  ],
  [
    200,
    '[{"name":"db","healthy":true,"type":"ready","critical":true},{"name":"cache","healthy":false,"type":"alive","critical":false}]',
    'D',
    'db:H cache:U',
  ],
  [200, '[{"name":"db","healthy":false,"critical":true}]', 'U', 'db:U'],
  [503, '[{"name":"db","healthy":true,"critical":true}]', 'U', 'db:H'],
  [200, '{"status":"UP","db":{"status":"UP"},"buildInfo":{"environment":"prod","version":"1"}}', 'H', 'db:H'],
  [200, '{"status":"DOWN","db":{"status":"DOWN"},"cache":{"status":"UP"}}', 'U', 'db:U cache:H'],
  [
    200,
    '{"status":"OK","timestamp":"2026-11-28T01:02:03Z","system":{"version":"go1.25","goroutines_count":8},"component":{"name":"x","version":"v1"}}',
    'H',
    '',
  ],
  [
    503,
    '{"status":"Service Unavailable","timestamp":"2026-11-28T01:02:03Z","failures":{"db":"dial tcp refused"},"system":{"version":"go1"}}',
    'U',
    'db:U',
  ],
  [
    200,
    '{"status":"Partially Available","timestamp":"2026-11-28T01:02:03Z","failures":{"db":"dial tcp refused"},"system":{"version":"go1"}}',
    'D',
    'db:U',
  ],
  [503, '{"status":"Timeout during health check","failures":{"db":"Timeout during health check"}}', 'U', 'db:U'],
  [200, '{"status":"OK","errors":{"search":"index late"}}', 'D', 'search:U'],
  [503, '{"status":"Service Unavailable","errors":{"db":"refused"}}', 'U', 'db:U'],
  [
    200,
    '{"status":"UP","outcome":"UP","checks":[{"id":"a","status":"UP"},{"id":"b","status":"DOWN","data":{"x":1},"checks":[{"id":"c","status":"DOWN"}]}]}',
    'D',
    'a:H b:U b/c:U',
  ],
  [
    503,
    '{"outcome":"DOWN","checks":[{"id":"a","status":"UP"},{"id":"b","status":"DOWN","checks":[{"id":"c","status":"DOWN"}]}]}',
    'U',
    'a:H b:U b/c:U',
  ],
  [200, '{"title":"Healthy","status":200,"detail":"all good"}', 'H', '', 'application/problem+json'],
  [503, '{"title":"Unhealthy","status":503}', 'U', '', 'application/problem+json'],
  [404, '{"title":"Not Found","status":404}', 'N', '', 'application/problem+json'],
  [200, '{"checks":[{"name":"db","passed":true,"details":"ok"},{"name":"q","passed":false}]}', 'U', 'db:H q:U'],
  [200, '[+]ping ok\n[+]log ok\n[+]etcd ok\nreadyz check passed\n', 'H', 'ping:H log:H etcd:H', 'text/plain'],
  [500, '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n', 'U', 'ping:H etcd:U', 'text/plain'],
  [200, '{"cluster_name":"es","status":"yellow","timed_out":false,"number_of_nodes":1}', 'D', ''],
  [200, 'Healthy', 'H', '', 'text/plain'],
  [200, 'Degraded', 'D', '', 'text/plain'],
  [503, 'Unhealthy', 'U', '', 'text/plain'],
  [200, 'Unhealthy', 'U', '', 'text/plain'],
  [200, 'OK', 'H', '', 'text/plain'],
  [200, 'ok\n', 'H'],
  [200, '"UP"', 'H'],
  [200, 'NOT_READY', 'U'],
  [200, 'NOT OK', 'U'],
  [200, 'foo', 'N'],
  [200, 'true', 'H'],
  [200, 'false', 'U'],
  [200, '{}', 'H', ''],
  [200, '[]', 'H', ''],
  [503, '{}', 'U', ''],
  [200, '', 'H'],
  [204, '', 'H'],
  [503, '', 'U'],
  [200, 'null', 'H'],
  [200, '{"status":"borked"}', 'N'],
  [503, '{"status":"borked"}', 'U'],
  [200, '{"status":null}', 'N'],
  [200, '{"status":""}', 'N'],
  [200, '{"status":true}', 'H'],
  [200, '{"status":1}', 'H'],
  [200, '{"healthy":true}', 'H'],
  [200, '{"healthy":false}', 'U'],
  [200, '{"healthy":"yes"}', 'N'],
  [200, '{"healthy":1}', 'N'],
  [200, '{"ok":true,"db":{"ok":false}}', 'D', 'db:U'],
  [200, '{"status":"UP","status":"DOWN"}', 'U'],
  [200, '{"status":"DOWN","status":"UP"}', 'U'],
  [200, '{"status":"ok","database":"connected","redis":"disconnected"}', 'D', 'database:H redis:U'],
  [200, '{"status":"ok","log_level":"warning","environment":"up","version":"1"}', 'H', ''],
  [200, '{"status":"ok","checks":{"db":"ok","redis":"fail"}}', 'D', 'db:H redis:U'],
  [200, '{"status":"ok","checks":{"db":true,"redis":false}}', 'D', 'db:H redis:U'],
  [200, '{"db":true,"redis":true}', 'H', 'db:H redis:H'],
  [200, '{"db":true,"redis":false}', 'U', 'db:H redis:U'],
  [200, '{"success":true,"data":{"status":"DOWN"}}', 'U'],
  [200, '{"data":{"status":"UP","components":{"a":{"status":"UP"}}}}', 'H', 'a:H'],
  [200, '{"health":{"status":"UP"}}', 'H'],
  [200, '{"health":"DOWN"}', 'U'],
  [200, '{"__proto__":{"status":"DOWN"},"status":"UP"}', 'D', '__proto__:U'],
  [
    200,
    '{"status":"UP","components":{"__proto__":{"status":"UP"},"constructor":{"status":"DOWN"}}}',
    'D',
    '__proto__:H constructor:U',
  ],
  [200, '{"status":"UP","components":{"db":{"status":"UP","error":"x"}}}', 'D', 'db:D'],
  [200, '{"status":"UP","details":{"slow":{"status":"up","timestamp":"0001-01-01T00:00:00Z"}}}', 'N', 'slow:N'],
  [200, '{"status":"shutting_down"}', 'U'],
  [503, '{"status":"OUT_OF_SERVICE"}', 'U'],
  [
    503,
    '{"code":"FST_UNDER_PRESSURE","error":"Service Unavailable","message":"Service Unavailable","statusCode":503}',
    'U',
  ],
  [
    200,
    '[{"Node":"n","CheckID":"serfHealth","Name":"Serf Health Status","Status":"passing","Output":"x"},{"Node":"n","CheckID":"web","Name":"web","Status":"critical"}]',
    'U',
    'Serf Health Status:H web:U',
  ],
  [429, '{"Status":"warning","Checks":[]}', 'D'],
  [200, '{"page":{"id":"x","name":"G","url":"u"},"status":{"indicator":"major","description":"Major outage"}}', 'U'],
  [200, '{"uptime":1,"message":"OK","timestamp":1795827611}', 'H'],
  [200, '{"status":"UP","components":{"db":{"status":"UNKNOWN"},"x":{"status":"DOWN"}}}', 'D', 'db:N x:U'],
  [200, '<html><body>Login</body></html>', 'H', '', 'text/html'],
  [200, '{"status":"UP"', 'N'],
  [503, '{"status":"UP"', 'U'],
  [200, '{"status":"ok","info":{"db":{"status":"up"}},"error":{},"details":{"db":{"status":"up"}}}', 'H', 'db:H'],
  [200, '{"healthy":["db"],"unhealthy":["queue"]}', 'U', 'queue:U'],
  [200, '{"error":"db down"}', 'U'],
  [404, '{"error":"not found"}', 'N'],
  [200, '{"services":[{"service":"db","status":"running"},{"service":"web","status":"exited"}]}', 'N', 'db:H web:N'],
  [200, '{"db":{"primary":{"healthy":true},"replica":{"healthy":false}}}', 'U', 'db:U db/primary:H db/replica:U'],
  [200, '{"mongo":"ok","redis":"ok","version":"1.2.3","uptime":3}', 'H', 'mongo:H redis:H'],
  [200, '{"status":"UP","checks":[{"name":"db","status":"UP"},{"name":"db","status":"DOWN"}]}', 'D', 'db:U'],
  [200, '{"overall":"healthy","services":{"a":"up","b":{"status":"degraded"}}}', 'D', 'a:H b:D'],
  [200, '{"status":"ok","timestamp":"x","uptime":2,"memory":{"heapUsed":1},"checks":[]}', 'H', ''],
  [200, '# HELP up x\n# TYPE up gauge\nup{job="x"} 0\n', 'U', '', 'text/plain'],
  [503, '{"db":"Warning: late","cache":"OK"}', 'D', 'db:D cache:H'],
  [200, '{"db":{"status":"UP"},"cache":{"status":"DOWN"}}', 'U', 'db:H cache:U'],
  [200, '{"ready":true,"live":true}', 'H'],
  [200, '{"ready":false,"live":true}', 'U'],
  [200, '{"status":"starting"}', 'U'],
  [503, '{"status":"unknown"}', 'N'],
  [200, '{"status":{"code":"ok"}}', 'N'],
  [200, '{"isHealthy":true,"dependencies":[{"name":"db","isHealthy":false}]}', 'D', 'db:U'],
  [200, '{"status":"healthy","details":{"db":"healthy","cache":"unhealthy"}}', 'D', 'db:H cache:U'],
  [200, '{"status":"fail","errors":["db refused it all"]}', 'U'],
  [200, '{"status":"ok","errors":[]}', 'H'],
  [200, '{"Database":{"IsHealthy":true,"Message":null},"Queue":{"IsHealthy":false}}', 'U', 'Database:H Queue:U'],
  [200, '{"checks":{"db":{"status":"ok","ok":false}}}', 'U', 'db:U'],
];

function read(status: number, body: string, shape = 'AUTO', contentType = 'application/json') {
  const by = statusVerdict(status, status >= 200 && status < 300);
  const reading = createBodyReader(shape)({ text: body, contentType, isFailing: by === 'FAILING' });
  const { verdict, code, words } = bodyVerdict(by, status === 503, reading);
  const parts = 'parts' in reading ? [...eachPart(reading.parts)] : [];
  const shown = parts.map(([path, { word }]) => `${path}:${LETTERS[word.verdict]}`).sort();
  return { verdict: LETTERS[verdict], code, words, parts: shown.join(' ') };
}

describe('a health body', () => {
  it.each(ROWS)('of %d %s is %s', (...[status, body, verdict, parts, contentType]) => {
    const said = read(status, body, 'AUTO', contentType);
    expect(said.verdict).toBe(verdict);
    if (parts !== undefined) expect(said.parts.split(' ').sort()).toEqual(parts.split(' ').sort());
  });

  it.each([
    [503, '{"status":"DOWN"}', 'BODY_SAYS_UNHEALTHY', '; its body says UNHEALTHY'],
    [
      200,
      '{"status":"UP","components":{"db":{"status":"DOWN"}}}',
      'BODY_SAYS_DEGRADED',
      '; its body says DEGRADED: db',
    ],
    [503, '{"status":"shutting_down"}', 'STOPPING', '; its body says UNHEALTHY (stopping)'],
    [503, '{"status":"STARTING"}', 'STARTING', '; its body says UNHEALTHY (starting)'],
    [200, '{"status":"maintenance"}', 'BODY_SAYS_UNHEALTHY', '; its body says UNHEALTHY (in maintenance)'],
    [503, '[{"name":"db","healthy":true}]', 'DRAINING', ', though all its parts are healthy: it may be going down'],
    [
      503,
      '{"status":"DOWN","checks":[{"name":"db","status":"UP"}]}',
      'BODY_SAYS_UNHEALTHY',
      '; its body says UNHEALTHY though all its parts are healthy: it may be going down',
    ],
    [500, '{"db":"OK"}', 'UNEXPECTED_STATUS', '; its body says HEALTHY, which its status does not'],
    [200, '{}', 'OK', '; its body says nothing of health'],
    [200, '{"status":', 'BODY_UNREADABLE', '; its body is no JSON, or nested too deep'],
    [404, '{"status":"UP"}', 'REQUEST_REFUSED', ', which refuses the request'],
    [429, '{"status":"UP"}', 'REQUEST_REFUSED', '; its body says HEALTHY'],
    [
      200,
      '{"a":"down","b":"down","c":"down","d":"down","e":"down","f":"down","g":"warn"}',
      'BODY_SAYS_UNHEALTHY',
      '; its body says UNHEALTHY: a, b, c, d, e, 2 more',
    ],
  ])('says why: %d %s', (status, body, code, words) => {
    expect(read(status, body)).toMatchObject({ code, words });
  });

  it.each([
    ['SPRING', '{"status":"UP","groups":[]}', 'H'],
    ['SPRING', '{"status":"UP","components":{"a":{"status":"DOWN"}}}', 'D'],
    ['SPRING', '{}', 'N'],
    ['SPRING', '<html>', 'N'],
    ['SPRING', 'OK', 'N'],
    ['HEALTH_JSON', '{"status":"pass"}', 'H'],
    ['HEALTH_JSON', '{"db":{"healthy":true}}', 'N'],
    ['ASPNET', '{"status":2,"entries":{}}', 'H'],
    ['ASPNET', '{"status":1}', 'D'],
    ['ASPNET', 'Healthy', 'H'],
    ['TERMINUS', '{"status":"ok","details":{"db":{"status":"down"}}}', 'D'],
    ['MICROPROFILE', '{"outcome":"UP","checks":[{"id":"a","outcome":"UP"}]}', 'H'],
    ['RESULTS', '{"status":"success","results":[{"checker":"db","passed":false}]}', 'D'],
    ['FAILURES', '{"status":"OK","failures":{"db":"refused"}}', 'D'],
    ['FLAT', '{"db":{"healthy":false}}', 'U'],
    ['FLAT', '[{"name":"db","healthy":true}]', 'H'],
    ['FLAT', '{"status":{"healthy":true}}', 'H'],
    ['TEXT', 'OK', 'H'],
    ['TEXT', '{"status":"UP"}', 'N'],
    ['OPENMETRICS', '# TYPE x_healthy gauge\nx_healthy 1\n', 'H'],
    ['OPENMETRICS', 'OK', 'N'],
  ])('that must be %s: %s is %s', (shape, body, verdict) => {
    expect(read(200, body, shape).verdict).toBe(verdict);
  });
});
