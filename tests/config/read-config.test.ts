// What a configuration becomes: definitions for the core, settings for the server, with every default in its place.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Impact } from '../../gen/openk/common/v1/common_pb.ts';
import type { GrpcProbe, HttpProbe, TcpProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { formatFault } from '../../src/config/fault.ts';
import type { LoadedConfig } from '../../src/config/read-config.ts';
import type { ComponentDefinition, ProbeSubject } from '../../src/core/definition.ts';
import { faultsOf, parse, parseValid } from './support.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/config', name), 'utf8');
const component = ({ system }: LoadedConfig, id: string): ComponentDefinition => {
  const found = system.components.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no component ${id}`);
  return found;
};
const probe = (config: LoadedConfig, id: string): ProbeSubject => {
  const { subject } = component(config, id);
  if (subject.type !== 'probe') throw new Error(`${id} is no probe`);
  return subject;
};
const HOUR_MS = 3_600_000;
const WEB = 'components: [ { id: web, http: { url: "https://web.example.com/" } } ]';

it('takes former names of keys, and warns of them with their place', () => {
  const config = parseValid('server: { lean_lanes: false }\nlimits: { undecided_connections: 7 }\ncomponents: []');
  expect(config).toMatchObject({ pipeline: false, limits: { pendingConnections: 7 } });
  expect(config.warnings.map(formatFault)).toEqual([
    'openk.yaml:1:23: server.lean_lanes: warning: is the former name of server.pipeline, and will go',
    'openk.yaml:2:34: limits.undecided_connections: warning: is the former name of limits.pending_connections, and will go',
  ]);
});

describe('no components', () => {
  it('is the defaults, and a root group with nothing in it', () => {
    const { describe: _, written: _written, compileDiscovered: _compile, ...config } = parseValid('components: []');
    expect(config).toEqual({
      file: 'openk.yaml',
      warnings: [],
      components: [],
      alerts: {
        routes: [],
        table: { takenBy: new Map(), burnsBy: new Map(), idle: [] },
        channels: [],
        denyAddresses: ['169.254.0.0/16', 'fe80::/10'],
      },
      listen: { host: '127.0.0.1', port: 8080 },
      storageUrl: 'sqlite:data/openk.db',
      denyAddresses: ['169.254.0.0/16', 'fe80::/10'],
      statusPages: [],
      sources: [],
      retention: {
        transitionsMs: 43_800 * HOUR_MS,
        observationsMs: 48 * HOUR_MS,
        fiveMinutesMs: 720 * HOUR_MS,
        hoursMs: 8_760 * HOUR_MS,
        daysMs: 43_800 * HOUR_MS,
        auditMs: 2_160 * HOUR_MS,
        alertsMs: 2_160 * HOUR_MS,
      },
      onCorruptStorage: 'REFUSE',
      corsOrigins: [],
      cors: { allowedHeaders: [], allowCredentials: false },
      allowedHosts: [],
      trustedProxies: [],
      proxyProtocol: false,
      limits: {
        probesInFlight: 512,
        probesInFlightPerHost: 32,
        requestBytes: 1_048_576,
        streamsPerConnection: 1000,
        grpcHealthList: 100,
        connections: undefined,
        writeTimeoutMs: 10_000,
        unreadBytesPerConnection: 16_777_216,
        unreadBytes: 67_108_864,
        reportsPerSecond: 10,
        reportsPerSecondPerClient: 100,
        maxRemovedShare: 1,
        pipelinedRequests: 64,
        rapidResets: 100,
        heldBytesPerConnection: 1_048_576,
        pagesPerConnection: 8,
        callsPerSecondPerClient: 0,
        callsPerSecondPerPrincipal: 0,
        connectionAgeMs: Number.POSITIVE_INFINITY,
        connectionAgeGraceMs: 30_000,
        pendingConnections: 1024,
      },
      drainTimeoutMs: 10_000,
      pipeline: true,
      reflection: true,
      instance: {},
      allowsCleartextAgents: false,
      auth: undefined,
      pingTokens: [],
      system: {
        rootId: 'system',
        components: [
          {
            id: 'system',
            labels: {},
            dependsOn: [],
            servingWhenDegraded: true,
            subject: { type: 'group', rule: { kind: 'worst' }, members: [], isOpen: true },
          },
        ],
      },
    });
  });
});

describe('retention', () => {
  it('is taken key by key', () => {
    const { retention } = parseValid('storage: { retention: { five_minutes: 90m, days: 87600h } }');
    expect(retention).toEqual({
      transitionsMs: 43_800 * HOUR_MS,
      observationsMs: 48 * HOUR_MS,
      fiveMinutesMs: 1.5 * HOUR_MS,
      hoursMs: 8_760 * HOUR_MS,
      daysMs: 87_600 * HOUR_MS,
      auditMs: 2_160 * HOUR_MS,
      alertsMs: 2_160 * HOUR_MS,
    });
  });
});

describe('denied addresses', () => {
  it.each([
    ['left out', 'probes: {}', ['169.254.0.0/16', 'fe80::/10']],
    ['null', 'probes: { deny_addresses: null }', ['169.254.0.0/16', 'fe80::/10']],
    ['an empty list', 'probes: { deny_addresses: [] }', []],
    ['an empty list, in the other spelling', 'probes: { denyAddresses: [] }', []],
    ['a list', 'probes: { deny_addresses: [10.0.0.0/8, "::1"] }', ['10.0.0.0/8', '::1']],
  ])('%s', (_what, text, expected) => {
    expect(parseValid(`components: []\n${text}`).denyAddresses).toEqual(expected);
  });
});

describe('the example of the contract', () => {
  const config = parseValid(fixture('valid-contract.yaml'));

  it('has its components, the root group first', () => {
    expect(config.system.components.map(({ id }) => id)).toEqual([
      'system',
      'payments-api',
      'payments-db',
      'nightly-backup',
      'network',
      'checkout',
    ]);
  });

  it('puts what is in no other group into the root group', () => {
    expect(component(config, 'system').subject).toMatchObject({
      members: [
        { component: 'network', impact: 'CRITICAL', weight: 1 },
        { component: 'checkout', impact: 'CRITICAL', weight: 1 },
      ],
    });
  });

  it('fills in the schedule', () => {
    expect(probe(config, 'payments-api')).toMatchObject({
      kind: 'grpc',
      schedule: {
        intervalMs: 10_000,
        unhealthyIntervalMs: 10_000,
        timeoutMs: 5000,
        healthyThreshold: 1,
        unhealthyThreshold: 3,
        staleAfterMs: 35_000,
      },
    });
  });

  it('knows groups and heartbeats', () => {
    expect(component(config, 'nightly-backup').subject).toEqual({
      type: 'heartbeat',
      periodMs: 86_400_000,
      graceMs: 3_600_000,
      maxRunMs: 3_600_000,
    });
    expect(component(config, 'checkout')).toMatchObject({
      dependsOn: ['network'],
      subject: {
        type: 'group',
        rule: { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } },
        members: [
          { component: 'payments-api', impact: 'CRITICAL' },
          { component: 'payments-db', impact: 'CRITICAL' },
          { component: 'nightly-backup', impact: 'DEGRADES' },
        ],
      },
    });
  });
});

describe('rules', () => {
  const rule = (text: string) => {
    const config = parseValid(
      `${WEB.slice(0, -1)}, { id: g, group: { rule: ${text}, members: [ { component: web } ] } } ]`,
    );
    const { subject } = component(config, 'g');
    return subject.type === 'group' ? subject.rule : undefined;
  };

  it.each([
    ['{ worst: {} }', { kind: 'worst' }],
    ['{ best: {} }', { kind: 'best' }],
    ['{ quorum: { healthy_percent: 60 } }', { kind: 'quorum', healthy: { percent: 60 }, degraded: { count: 1 } }],
    [
      '{ quorum: { healthy: 1, degraded_percent: 40 } }',
      { kind: 'quorum', healthy: { count: 1 }, degraded: { percent: 40 } },
    ],
    ['{ weighted: { healthy_at: 0.9, degraded_at: 0.5 } }', { kind: 'weighted', healthyAt: 0.9, degradedAt: 0.5 }],
  ])('%s', (text, expected) => {
    expect(rule(text)).toEqual(expected);
  });
});

describe('spellings', () => {
  const config = parseValid(fixture('valid-spellings.yaml'));

  it('takes every scalar as the type of its field', () => {
    expect(config.drainTimeoutMs).toBe(1_800_000);
    expect(component(config, '0x1F')).toMatchObject({
      labels: { answer: 'no', version: '1.10', since: '2026-12-24', nothing: 'null', empty: '', number: '0123' },
      servingWhenDegraded: false,
      subject: {
        schedule: { unhealthyIntervalMs: 1500, staleAfterMs: 3_630_000, unhealthyThreshold: 2, healthyThreshold: 1 },
      },
    });
    expect(probe(config, '0x1F').options).toMatchObject({
      url: 'https://web.example.com/',
      expectedStatus: ['204', '200-203'],
      body: '{"ping": true}\n',
      tls: { insecureSkipVerify: true },
    });
  });
});

describe('the environment', () => {
  const env = { HOST: 'db.internal', PORT: '5432', THRESHOLD: '4', TRICK: 'web, interval: 1s }', EMPTY: '' };
  const config = parseValid(fixture('valid-environment.yaml'), env);

  it('is put into values, which then have the type of their field', () => {
    expect(probe(config, 'database')).toMatchObject({
      schedule: { unhealthyThreshold: 4, intervalMs: 15_000, timeoutMs: 5000 },
    });
    const options = probe(config, 'database').options as TcpProbe;
    expect(options.target).toBe('db.internal:5432');
    expect(new TextDecoder().decode(options.send)).toMatch(/^\$\{HOST\} costs \$5 $/);
    expect(component(config, 'database').servingWhenDegraded).toBe(false);
  });

  it('cannot bring structure into the file', () => {
    expect(component(config, 'database').labels).toEqual({ trick: 'web, interval: 1s }', fallback: 'of: nothing' });
    expect(faultsOf('components: $' + '{X}', { X: '[ { id: a } ]' })).toEqual([
      'openk.yaml:1:13: components: must be a list: [a, b], or a line "- a" for each entry',
    ]);
  });

  it('cannot spell a null', () => {
    const text = `
      components:
        - id: a
          tcp: { target: "a:1" }
          labels:
            a: $\{NULL}`;
    expect(component(parseValid(text, { NULL: 'null' }), 'a').labels).toEqual({ a: 'null' });
  });

  it('never stands in a fault', () => {
    const variable = '$' + '{SECRET}';
    const text = `
      listen: ${variable}
      drain_timeout: ${variable}
      storage: { url: "${variable}" }
      components:
        - id: a
          interval: ${variable}
          serving_when_degraded: ${variable}
          http: { url: "${variable}", headers: { x: "a\\n${variable}" } }
        - id: b
          grpc: { target: "${variable}", mode: "${variable}", metadata: { x: "é${variable}" } }
        - id: d
          dns: { name: a, resolver: "${variable}" }
          maintenance: { windows: [ { cron: "${variable}", timezone: "${variable}", duration: 1h } ] }`;
    const faults = faultsOf(text, { SECRET: 'p4ss w0rd' });
    expect(faults.length).toBeGreaterThanOrEqual(10);
    expect(faults.filter((fault) => fault.includes('p4ss'))).toEqual([]);
  });
});

describe('aliases', () => {
  it('stand for the value of their anchor', () => {
    const config = parseValid(fixture('valid-aliases.yaml'));
    expect(component(config, 'api').labels).toEqual({ team: 'payments' });
    expect((probe(config, 'api').options as HttpProbe).headers).toEqual({ 'X-From': 'openk' });
    expect(probe(config, 'api').schedule).toMatchObject({ intervalMs: 10_000, unhealthyIntervalMs: 10_000 });
  });

  it('cannot make a small file stand for a huge one', () => {
    const headers = Array.from({ length: 2000 }, (_, index) => `h${index}: x`).join(', ');
    const many = Array.from({ length: 2000 }, (_, index) => `  - { id: c${index}, http: *http }`).join('\n');
    const text = `components:\n  - { id: first, http: &http { url: "http://a.example.com/", headers: { ${headers} } } }\n${many}`;
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/headers\.h\d+: repeats more than 250000 values by aliases$/),
    ]);
  });
});

describe('defaults', () => {
  it('of the file come before those of OpenK, and those of the component before both', () => {
    const config = parseValid(`
      defaults: { interval: 20s, timeout: 2s, healthy_threshold: 2, unhealthy_threshold: 4 }
      components:
        - { id: a, tcp: { target: "a:1" } }
        - { id: b, tcp: { target: "b:1" }, interval: 1m, unhealthy_interval: 2m, timeout: 3s, healthy_threshold: 5 }`);
    expect(probe(config, 'a').schedule).toEqual({
      intervalMs: 20_000,
      unhealthyIntervalMs: 20_000,
      timeoutMs: 2000,
      healthyThreshold: 2,
      unhealthyThreshold: 4,
      staleAfterMs: 62_000,
    });
    expect(probe(config, 'b').schedule).toEqual({
      intervalMs: 60_000,
      unhealthyIntervalMs: 120_000,
      timeoutMs: 3000,
      healthyThreshold: 5,
      unhealthyThreshold: 4,
      staleAfterMs: 363_000,
    });
  });
});

describe('files', () => {
  it('are relative to the folder of the configuration', () => {
    const text =
      'components: [ { id: a, http: { url: "https://a/", tls: { ca_file: tls/ca.pem, cert_file: /etc/c.pem } } } ]';
    const seen: unknown[] = [];
    parse(text, {}, 'conf/openk.yaml', (_kind, options) => {
      seen.push((options as HttpProbe).tls);
      return [];
    });
    expect(seen).toEqual([
      expect.objectContaining({ caFile: resolve('conf/tls/ca.pem'), certFile: '/etc/c.pem', keyFile: '' }),
    ]);
  });
});

describe('fingerprints', () => {
  const fingerprintOf = (options: string) =>
    probe(parseValid(`components: [ { id: a, ${options} } ]`), 'a').fingerprint;

  it('are the same when the same is looked at in the same way', () => {
    const one = fingerprintOf('http: { url: "https://a/", headers: { a: "1", b: "2" }, tls: {} }');
    const other = fingerprintOf(
      'http: { headers: { b: "2", a: "1" }, method: GET, url: https://a/, tls: {} }, interval: 5s',
    );
    expect(other).toBe(one);
  });

  it('differ with the kind, a value, a secret', () => {
    const all = [
      'http: { url: "https://a/" }',
      'http: { url: "https://b/" }',
      'http: { url: "https://a/", headers: { a: "1" } }',
      'http: { url: "https://a/", headers: { a: "2" } }',
      'tcp: { target: "a:1" }',
      'tls: { target: "a:1" }',
    ];
    expect(new Set(all.map(fingerprintOf)).size).toBe(all.length);
  });

  it('show no secret', () => {
    expect(fingerprintOf('http: { url: "https://a/", headers: { a: secret } }')).not.toContain('secret');
  });
});

describe('describe', () => {
  const config = parseValid(`
    components:
      - id: web
        http: { url: "https://user:secret@web.example.com/?token=secret", headers: { Authorization: secret } }
      - id: api
        grpc: { target: "api:50051", metadata: { authorization: secret } }
      - id: shop
        group: { members: [ { component: web } ] }`);

  it('shows defaults and no secrets', () => {
    const web = config.describe('web');
    expect(web?.definition).toMatchObject({
      id: 'web',
      interval: { seconds: 30n },
      unhealthyInterval: { seconds: 30n },
      timeout: { seconds: 5n },
      staleAfter: { seconds: 95n },
      healthyThreshold: 1,
      unhealthyThreshold: 3,
      servingWhenDegraded: true,
      kind: {
        case: 'http',
        value: {
          url: 'https://[redacted]@web.example.com/?token=[redacted]',
          method: 'GET',
          expectedStatus: ['200-299'],
          headers: { Authorization: '[redacted]' },
        },
      },
    });
    expect(config.describe('shop')?.definition).toMatchObject({
      kind: { value: { rule: { rule: { case: 'worst' } }, members: [{ impact: Impact.CRITICAL, weight: 1 }] } },
    });
    expect(config.describe('shop')?.definition.interval).toBeUndefined();
  });

  it('leaves the secrets where the probes need them', () => {
    config.describe('web');
    expect((probe(config, 'web').options as HttpProbe).headers).toEqual({ Authorization: 'secret' });
    expect((probe(config, 'api').options as GrpcProbe).metadata).toEqual({ authorization: 'secret' });
  });

  it('knows the root group and nothing that is not there', () => {
    expect(config.describe('system')?.definition).toMatchObject({
      id: 'system',
      kind: { case: 'group', value: { members: [{ component: 'api' }, { component: 'shop' }] } },
    });
    expect(config.describe('wbe')).toBeUndefined();
  });
});

describe('the root group', () => {
  it('takes the id and the rule of root, and leaves "system" free', () => {
    const config = parseValid(
      'root: { id: all, rule: { best: {} } }\ncomponents: [ { id: system, tcp: { target: "a:1" } } ]',
    );
    expect(config.system.rootId).toBe('all');
    expect(component(config, 'all').subject).toMatchObject({
      rule: { kind: 'best' },
      members: [{ component: 'system' }],
    });
  });
});

describe('faults', () => {
  it('are listed up to a bound', () => {
    const result = parse(Array.from({ length: 1500 }, (_, index) => `key${index}: 1`).join('\n'));
    const faults = result.ok ? [] : result.faults;
    expect(faults).toHaveLength(1001);
    expect(faults.at(-1)).toEqual({ file: 'openk.yaml', path: '', message: 'has 500 more faults, not listed here' });
  });

  it('name only a part of a key without end, on one line', () => {
    const [fault] = faultsOf(`"${'x'.repeat(500)}\\n": 1`);
    expect(fault).toMatch(/^.{150,500}$/);
  });

  it('show no name of a component that a terminal obeys, or that is very long', () => {
    const id = String.raw`\e[2J\x9b31m\u202eevil\nline`;
    const shown = String.raw`'\u001b[2J\u009b31m\u202eevil\nline'`;
    expect(faultsOf(`components: [ { id: "${id}", tcp: { target: "a:1" }, depends_on: ["${id}"] } ]`)).toContain(
      `openk.yaml:1:90: components[0].depends_on[0]: makes a cycle: ${shown.slice(1, -1)} → ${shown.slice(1, -1)}`,
    );
    expect(faultsOf(`components: [ { id: a, depends_on: ["${id}"], tcp: { target: "a:1" } } ]`)).toEqual([
      `openk.yaml:1:37: components[0].depends_on[0]: there is no component ${shown}`,
    ]);
    const [fault] = faultsOf(
      `components: [ { id: a, depends_on: ["${'x'.repeat(70_000)}"], tcp: { target: "a:1" } } ]`,
    );
    expect(fault!.length).toBeLessThan(300);
  });

  it.each([
    ['password:s3cret', 'websocket: { headers: { Authorization:s3cret } }', 'websocket.headers.Authorization'],
    ['a key of the schema', 'http: { url: "http://a/", proxy:s3cret }', 'http.proxy'],
    ['an equals sign', 'http: { url: "http://a/", proxy = s3cret }', 'http.proxy'],
    ['a blank', 'http: { url: "http://a/", proxy s3cret }', 'http.proxy'],
    ['a key that is not known', 'http: { url: "http://a/", pasword:s3cret }', 'http.pasword'],
  ])('say that a value is glued to its key, and do not show it: %s', (_what, written, path) => {
    const faults = faultsOf(`components: [ { id: a, ${written} } ]`);
    expect(faults.join()).toContain(`components[0].${path}: `);
    expect(faults.join()).not.toContain('s3cret');
  });

  it.each([
    ['listen 127.0.0.1:0\ncomponents: []', '1:1', /a colon with a space after it is missing/],
    ['listen:127.0.0.1:0\ncomponents: []', '1:1', /a colon with a space after it is missing/],
    ['components:\n  - id: a\n    display_name: Shop: front', '3:19', /quote a text with a colon/],
    ['components:\n  - id: a\n     tcp: { target: "a:1" }', '2:9', /begin the next key below the key/],
    ['components:\n  - id: a\n   tcp: { target: "a:1" }', '3:1', /indented/],
    ['components:\n  - id: a\n - id: b', '3:1', /check indentation/],
    ['components:\n  - id: a\n    heartbeat: { cron: * * * * * }', '3:24', /put it in quotes/],
    ['cors: { allowed_origins: [ *.example.com ] }', '1:28', /quote a text that begins with \*/],
    ['components: [ { id: a, tcp: { target: "a:1" }', '1:46', /a [{[] is not closed/],
    ['components: [ { id: a tcp: {} } ]', '1:21', /a comma is missing/],
    ['components: [ { id: @a } ]', '1:21', /cannot begin with this character: put it in quotes/],
    ['storage: { url: "memory: }', '1:27', /in double quotes is not closed/],
  ])('are of the text in words of the text: %s', (text, place, words) => {
    const [fault] = faultsOf(text);
    expect(fault).toMatch(new RegExp(`^openk.yaml:${place}: `));
    expect(fault).toMatch(words);
    expect(fault).not.toMatch(/implicit|flow|compact|collection|indicator/i);
  });

  it('count the entries of a list as the file does, whatever is wrong with the others', () => {
    expect(faultsOf('components: [ ~, { id: a, depends_on: [ {}, network ], tcp: { target: "a:1" } } ]')).toEqual([
      'openk.yaml:1:15: components[0]: has no value: write one ("" for an empty text), or take it out',
      'openk.yaml:1:41: components[1].depends_on[0]: must be a single value, not a mapping',
      "openk.yaml:1:45: components[1].depends_on[1]: there is no component 'network'",
    ]);
  });

  it('of the options are told at their place, also below a field that is not there', () => {
    const text = 'components:\n  - id: a\n    http:\n      url: https://a/\n      expect: [ "true", "false" ]\n';
    const result = parse(text, {}, 'openk.yaml', () => [
      { path: ['expect', 1], message: 'is never true' },
      { path: ['tls', 'ca_file'], message: 'is missing' },
    ]);
    expect(result).toMatchObject({
      faults: [
        { line: 4, column: 7, path: 'components[0].http.tls.ca_file', message: 'is missing' },
        { line: 5, column: 25, path: 'components[0].http.expect[1]', message: 'is never true' },
      ],
    });
  });
});
