// JSON documents of those who know (Prometheus, Consul, status pages) and of services that say how they are, and what chance makes of them:
// mostly still JSON, so that it gets as far as those who read it.
import type { Random } from './random.ts';

/** Each is one that its probe calls HEALTHY. */
export const DOCUMENTS = {
  promql: [
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"web","instance":"a:1"},"value":[1767225600.123,"0"]}]},"warnings":[]}',
    '{"status":"success","data":{"resultType":"scalar","result":[1767225600,"0"]}}',
  ],
  feed: [
    '{"page":{"id":"1","name":"x","url":"https://x"},"status":{"indicator":"none","description":"fine"},"components":[{"id":"a","name":"API","status":"operational","group":false,"group_id":null}],"incidents":[],"scheduled_maintenances":[]}',
    '{"page":{"name":"x","url":"https://x","status":"UP"},"activeIncidents":[],"activeMaintenances":[]}',
    '{"status":"ok","date_updated":"2026-01-01T00:00:00-08:00","active_incidents":[]}',
    '[{"id":"1","begin":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z","external_desc":"over","severity":"low","status_impact":"SERVICE_DISRUPTION","affected_products":[{"title":"X","id":"x"}]}]',
  ],
  consul: [
    '[{"Node":{"Node":"n1","Address":"10.0.0.1"},"Service":{"ID":"web-1","Service":"web","Address":"","Port":80,"Tags":[]},"Checks":[{"CheckID":"serfHealth","Name":"Serf","Status":"passing","Output":""}]}]',
  ],
  health: [
    '{"status":"UP","components":{"db":{"status":"UP","details":{"v":1}},"shards":{"status":"UP","components":{"a":{"status":"UP"}}}},"groups":["liveness"]}',
    '{"status":"pass","checks":{"db:time":[{"status":"pass","observedValue":3}]}}',
    '{"db":{"healthy":true},"cache":{"healthy":true}}',
    '{"status":"ok","checks":[{"name":"db","status":"UP"}]}',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type DocumentKind = keyof typeof DOCUMENTS;

/** Values where nobody expects them. */
const ODD_VALUES = [
  'null',
  'true',
  '0',
  '-0',
  '1e999',
  '99999999999999999999',
  '""',
  '"NaN"',
  '"\\ud800"',
  '"__proto__"',
  '[]',
  '{}',
  '[null]',
  '[[],{}]',
  '{"":null}',
  '{"__proto__":{"status":"UP"},"constructor":1}',
  `"${'y'.repeat(20_000)}"`,
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `[${'0,'.repeat(30_000)}0]`,
  '{"status":"UP","status":"DOWN"}',
];
const ODD_TOKENS = ['{', '}', '[', ']', ',', ':', '"', 'nul', '\u0000', '\ufeff', '//'];
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

export function damagedDocument(kind: DocumentKind, random: Random): string {
  const tokens = random.pick<string>(DOCUMENTS[kind]).match(TOKEN) ?? [];
  const values = [...tokens.keys()].filter((at) => !/^[{}[\],:]$/.test(tokens[at]!) && tokens[at + 1] !== ':');
  const names = [...tokens.keys()].filter((at) => tokens[at + 1] === ':');
  for (let times = 1 + random.below(3); times > 0; times--) {
    random.pick([
      () => tokens.splice(random.pick(values), 1, random.pick(ODD_VALUES)),
      () => tokens.splice(random.pick(values), 1, random.pick(ODD_VALUES)),
      () => tokens.splice(random.pick(values), 1, tokens[random.pick(values)]!),
      () => tokens.splice(random.pick(names), 1, random.pick(['"__proto__"', '"status"', '"STATUS"', '""', '"x"'])),
      () => tokens.splice(random.below(tokens.length), 1),
      () => tokens.splice(random.below(tokens.length), 0, random.pick(ODD_TOKENS)),
    ])();
  }
  return tokens.join('');
}
