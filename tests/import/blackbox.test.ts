import { describe, expect, it } from '@jest/globals';
import { celOverJson } from '../../src/import/blackbox/http.ts';
import { importBlackbox } from '../../src/import/blackbox/import-blackbox.ts';
import { readRelabelRule, relabel } from '../../src/import/blackbox/relabel.ts';
import { prometheusDuration } from '../../src/import/blackbox/targets.ts';
import { readYaml, type SourceMap } from '../../src/import/source-yaml.ts';
import { settled, type TestImport } from './imports.ts';

const RELABEL = `
    relabel_configs:
      - { source_labels: [ __address__ ], target_label: __param_target }
      - { source_labels: [ __param_target ], target_label: instance }
      - { target_label: __address__, replacement: "blackbox:9115" }
`;

/** One module `m`, and a job of one target that uses it. */
function module(text: string, target = 'https://example.org'): Promise<TestImport> {
  const prometheus = `
scrape_configs:
  - job_name: j
    metrics_path: /probe
    params: { module: [ m ] }
    static_configs: [ { targets: [ "${target}" ] } ]
${RELABEL}`;
  return settled(
    importBlackbox([
      { name: 'blackbox.yml', text: `modules:\n  m: ${text}\n` },
      { name: 'prometheus.yml', text: prometheus },
    ]),
  );
}

/** The only target's component. */
async function component(text: string, target?: string) {
  const made = await module(text, target);
  const [first] = made.yaml.components;
  return { made, first, item: made.imported.items[0]! };
}

describe('modules of blackbox_exporter', () => {
  it('become components, one for each target, in a group for each job', async () => {
    const made = await settled(
      importBlackbox([
        {
          name: 'blackbox.yml',
          text: 'modules: { http_2xx: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4 } } }',
        },
        {
          name: 'prometheus.yml',
          text: `
global: { scrape_interval: 15s }
scrape_configs:
  - job_name: web
    metrics_path: /probe
    params: { module: [ http_2xx ] }
    static_configs:
      - { targets: [ "https://a.example/", b.example ], labels: { team: shop } }
${RELABEL}
  - job_name: node
    static_configs: [ { targets: [ "n:9100" ] } ]
`,
        },
      ]),
    );
    expect(made.component('web_https-a.example')).toEqual({
      id: 'web_https-a.example',
      display_name: 'https://a.example/',
      labels: { team: 'shop' },
      http: { url: 'https://a.example/', follow_redirects: 10, ip_family: 'PREFER_IPV4' },
      interval: '15s',
      timeout: '5s',
    });
    expect(made.component('web_b.example').http.url).toBe('http://b.example');
    expect(made.component('web').group.members).toHaveLength(2);
    expect(made.imported.items.map(({ outcome }) => outcome)).toEqual(['EXACT', 'EXACT']);
  });

  it('expect what they fail on', async () => {
    const { first, item } = await component(`
    prober: http
    http:
      valid_status_codes: [ 200, 201, 202, 404 ]
      fail_if_not_ssl: true
      fail_if_body_matches_regexp: [ "could not.*" ]
      fail_if_body_not_matches_regexp: [ "it's\\\\s+up" ]
      fail_if_body_json_matches_cel: "body.body == 'body'"
      fail_if_header_matches: [ { header: Set-Cookie, regexp: ".*", allow_missing: true } ]
      fail_if_header_not_matches: [ { header: X-A, regexp: "^b$" } ]`);
    expect(first.http.expected_status).toEqual(['200-202', '404']);
    expect(first.http.expect).toEqual([
      'certificate_expires_in != null',
      "!body.matches('could not.*')",
      "body.matches('it\\'s\\\\s+up')",
      "!(json.body == 'body')",
      "!('set-cookie' in headers) || !headers['set-cookie'].matches('.*')",
      "headers['x-a'].matches('^b$')",
    ]);
    expect(item.outcome).toBe('EXACT');
  });

  it.each([
    ['http', 'http: { headers: { Connection: keep-alive } }', 'https://example.org'],
    ['http', 'http: { http_headers: { Connection: { values: [ keep-alive ] } } }', 'https://example.org'],
    ['websocket', 'websocket: { headers: { Connection: { values: [ keep-alive ] } } }', 'wss://example.org'],
  ])('leave out headers that the connection needs: %s, %s', async (kind, text, target) => {
    const { first, item } = await component(`{ prober: ${kind}, ${text} }`, target);
    expect(first[kind].headers ?? {}).toEqual({});
    expect(item.differences).toContain(
      'the header Connection is what the connection needs, and not what is written there',
    );
  });

  it('have their credentials in variables', async () => {
    const { made, first } = await component(`
    prober: http
    http: { method: POST, body: '{"token":"b0dy"}', basic_auth: { username: u, password: pa55 }, headers: { X-Key: k3y, Accept: a } }`);
    expect(first.http).toMatchObject({
      headers: {
        Authorization: '${BLACKBOX_M_J_HTTPS_EXAMPLE_ORG_AUTHORIZATION}',
        'X-Key': '${BLACKBOX_M_J_HTTPS_EXAMPLE_ORG_X_KEY}',
        Accept: 'a',
      },
      body: '${BLACKBOX_M_J_HTTPS_EXAMPLE_ORG_BODY}',
    });
    expect([...made.imported.secrets.values()]).toContain(`Basic ${Buffer.from('u:pa55').toString('base64')}`);
  });

  it.each([
    ['prober: http, http: { enable_http3: true }', 'it asks over HTTP/3, which OpenK does not'],
    ['prober: unix', 'OpenK has no probe like unix'],
    ['prober: dns, dns: { query_name: a }', 'OpenK does not ask for records of type ANY'],
    [
      'prober: dns, dns: { query_name: a, query_type: A }',
      'the name server of a dns probe has to be an address, and it is https://example.org',
    ],
  ])('are lost: %s', async (text, why) => {
    const { made, item } = await component(`{ ${text} }`);
    expect([item.outcome, item.losses]).toEqual(['LOST', [why]]);
    expect(made.text).toContain('# NOT IMPORTED: j: https://example.org');
  });

  it.each([
    ['valid_http_versions: [ "HTTP/2.0" ]', 'that the answer is of HTTP/2.0 (valid_http_versions) is not asked'],
    ['compression: gzip', 'that the answer is compressed (compression: gzip) is not asked'],
    ['http_headers: { Accept: { values: [ a, b ] } }', 'of the values of the header Accept only the last one is sent'],
    [
      'oauth2: { client_id: a, client_secret: s3cret, token_url: "https://t", proxy_url: "http://p" }',
      'proxy_url of its oauth2 is not taken over',
    ],
    ['body_file: /a', 'its body is in a file (body_file): put it into `body`'],
    [
      'authorization: { credentials_file: /a }',
      'its credentials are in a file (authorization.credentials_file): put them into a variable',
    ],
  ])('lose a part: %s', async (key, why) => {
    expect((await component(`{ prober: http, http: { ${key} } }`)).item.losses).toEqual([why]);
  });

  it('speak with ports in one exchange, and ask for TLS in the words of a protocol', async () => {
    const ask = (steps: string) => component(`{ prober: tcp, tcp: { query_response: [ ${steps} ] } }`, 'h:25');
    expect((await ask('{ expect: "^SSH-2.0-" }, { send: "SSH-2.0-x" }')).first.tcp).toEqual({
      target: 'h:25',
      expect: '(?m)^SSH-2.0-',
    });
    expect((await ask('{ send: "PING" }, { expect: "PONG" }')).first.tcp).toEqual({
      target: 'h:25',
      send: 'PING\n',
      expect: 'PONG',
    });
    expect((await ask('{ expect: a }, { send: b }, { expect: c }')).item.outcome).toBe('LOST');
    const smtp =
      '{ expect: "^220" }, { send: "EHLO p" }, { expect: "^250" }, { send: STARTTLS }, { expect: "^220" }, { starttls: true }';
    expect((await ask(smtp)).first.tcp).toEqual({ target: 'h:25', starttls: 'SMTP' });
    expect(
      (await ask('{ send: !!binary AAAACATSFi8= }, { expect_bytes: S }, { starttls: true }')).first.tcp.starttls,
    ).toBe('POSTGRES');
  });

  it('ask gRPC and name servers', async () => {
    const { first, item } = await component('{ prober: grpc, grpc: { tls: true, service: a.B } }', 'http://h:50051');
    expect(first.grpc).toEqual({ target: 'h:50051', service: 'a.B', tls: {} });
    expect(item.differences).toEqual(['its timeout counts here, which blackbox_exporter never applied to gRPC']);
    const dns = await component(
      '{ prober: dns, dns: { query_name: a.example, query_type: SOA, valid_rcodes: [ NXDOMAIN ] } }',
      '8.8.8.8',
    );
    expect(dns.first.dns).toEqual({ name: 'a.example', type: 'SOA', resolver: '8.8.8.8', rcode: 'NXDOMAIN' });
  });

  it('open WebSockets, with what they show and say', async () => {
    const ask = (keys: string) =>
      component(`{ prober: websocket, websocket: { ${keys} } }`, 'wss://h.example/ws').then((made) => ({
        ...made,
        websocket: made.first?.websocket,
      }));
    const { websocket, item } = await ask(
      'http_config: { basic_auth: { username: u, password: pa55 }, tls_config: { insecure_skip_verify: true } }, headers: { X-Key: { secrets: [ k3y ] }, Accept: { values: [ a ] } }',
    );
    expect(websocket).toEqual({
      url: 'wss://h.example/ws',
      headers: {
        Authorization: '${BLACKBOX_M_J_WSS_H_EXAMPLE_WS_AUTHORIZATION}',
        'X-Key': '${BLACKBOX_M_J_WSS_H_EXAMPLE_WS_X_KEY}',
        Accept: 'a',
      },
      tls: { insecure_skip_verify: true },
    });
    expect(item.outcome).toBe('EXACT');
    expect((await ask('query_response: [ { send: hi }, { expect: ^ho } ]')).websocket).toEqual({
      url: 'wss://h.example/ws',
      send: 'hi',
      expect: '^ho',
    });
    const turns = await ask('query_response: [ { expect: a, send: b }, { expect: c } ]');
    expect(turns.item.losses).toEqual([
      'it holds a conversation of several turns, and a websocket probe says and hears once',
    ]);
    const twice = await ask('query_response: [ { send: a }, { send: b } ]');
    expect(twice.item.losses).toEqual(['it sends several messages, and a websocket probe one']);
  });

  it('call targets by the host that Prometheus names', async () => {
    const job =
      '{ job_name: j, metrics_path: /probe, params: { module: [ m ], target: [ "10.0.0.1:443" ], hostname: [ a.example ] }, static_configs: [ { targets: [ x ] } ] }';
    const called = async (text: string) => {
      const files = [
        { name: 'b.yml', text: `modules: { m: ${text} }` },
        { name: 'p.yml', text: `scrape_configs: [ ${job} ]` },
      ];
      return (await settled(importBlackbox(files))).yaml.components[0];
    };
    expect((await called('{ prober: http }')).http.headers).toEqual({ Host: 'a.example' });
    expect((await called('{ prober: http, http: { headers: { host: b } } }')).http.headers).toEqual({ host: 'b' });
    expect((await called('{ prober: tcp, tcp: { tls: true } }')).tcp.tls).toEqual({ server_name: 'a.example' });
    expect((await called('{ prober: tcp }')).tcp).toEqual({ target: '10.0.0.1:443' });
  });

  it('ping', async () => {
    const { first, item } = await component('{ prober: icmp, icmp: { preferred_ip_protocol: ip4 } }', 'gw.example');
    expect(first.icmp).toEqual({ target: 'gw.example', ip_family: 'PREFER_IPV4' });
    expect(item.outcome).toBe('EXACT');
    const { item: large } = await component('{ prober: icmp, icmp: { payload_size: 1400 } }', 'gw.example');
    expect(large.losses).toEqual(['payload_size is not taken over']);
  });

  it('wait no longer than the scrape', async () => {
    const made = await module('{ prober: tcp, timeout: 30s }', 'h:1');
    expect(made.yaml.components[0].timeout).toBeUndefined();
    expect(made.yaml.defaults.timeout).toBe('9.5s');
  });

  it('name keys that blackbox_exporter refuses, and jobs whose targets are found at run time', async () => {
    const made = await settled(
      importBlackbox([
        { name: 'b.yml', text: 'modules: { http_2xx: { prober: http, htpp: {} } }' },
        {
          name: 'p.yml',
          text: `scrape_configs: [ { job_name: k, metrics_path: /probe, kubernetes_sd_configs: [ { role: pod } ] }, { job_name: s, metrics_path: /probe, static_configs: [ { targets: [ a ] } ], params: { target: [ "http://a" ] } } ]`,
        },
      ]),
    );
    expect(made.item('k').losses[0]).toContain('its targets come from kubernetes_sd_configs');
    expect(made.imported.unknownKeys).toEqual([{ place: 'b.yml:1', key: 'htpp', nearest: 'http' }]);
  });

  it('judge recorded answers', async () => {
    const { made } = await component(
      '{ prober: http, http: { fail_if_body_json_not_matches_cel: "body.ok == true" } }',
    );
    const [judge] = made.imported.judges;
    const answer = { status: 200, headers: new Map(), body: '{"ok":true}', latencyMs: 1 };
    expect(judge!.foreign(answer)).toBeUndefined();
    expect(judge!.foreign({ ...answer, body: '{}' })).toBe('json.ok == true');
    expect(judge!.foreign({ ...answer, status: 500 })).toBe('the status is 500');
  });
});

describe('relabelling', () => {
  const rule = (text: string) => readRelabelRule(readYaml(text, 'p.yml')[0] as SourceMap, []);
  it.each([
    ['{ source_labels: [ a, b ], target_label: c }', { a: '1', b: '2', c: '1;2' }],
    [
      '{ source_labels: [ a, b ], separator: "/", regex: "(.)/(?P<n>.)", target_label: c, replacement: "${n}-$1" }',
      { a: '1', b: '2', c: '2-1' },
    ],
    ['{ source_labels: [ a ], regex: "2", target_label: c, replacement: x }', { a: '1', b: '2' }],
    ['{ source_labels: [ a ], regex: "(.)", target_label: "c_$1", replacement: "$1x" }', { a: '1', b: '2' }],
    ['{ target_label: a, replacement: "" }', { b: '2' }],
    ['{ source_labels: [ a ], regex: "1", action: keep }', { a: '1', b: '2' }],
    ['{ source_labels: [ a ], regex: "1|", action: drop }', undefined],
    ['{ source_labels: [ a ], regex: "11?", action: drop }', undefined],
    ['{ source_labels: [ a ], regex: "", action: keep }', undefined],
    ['{ regex: "(.)", action: labelmap, replacement: "x_$1" }', { a: '1', b: '2', x_a: '1', x_b: '2' }],
    ['{ regex: a, action: labeldrop }', { b: '2' }],
    ['{ regex: a, action: labelkeep }', { a: '1' }],
    ['{ source_labels: [ a ], modulus: 8, target_label: c, action: hashmod }', { a: '1', b: '2', c: '3' }],
    ['{ source_labels: [ a ], target_label: b, action: keepequal }', undefined],
    ['{ source_labels: [ a ], target_label: b, action: dropequal }', { a: '1', b: '2' }],
    ['{ source_labels: [ a ], target_label: b, action: Uppercase }', { a: '1', b: '1' }],
  ])('%s', (text, labels) => {
    const result = relabel(new Map(Object.entries({ a: '1', b: '2' })), [rule(text)]);
    expect(result && Object.fromEntries(result)).toEqual(labels);
  });

  it('reads durations as Prometheus does', () => {
    expect(['1m30s', '1d', '500ms', '0', '', '1.5s', '5'].map(prometheusDuration)).toEqual([
      90_000,
      86_400_000,
      500,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes texts in expressions for texts', () => {
    expect(celOverJson(`body.a == 'body' && x.body == "body" && bodyx == 1 && size(body) > 1`)).toBe(
      `json.a == 'body' && x.body == "body" && bodyx == 1 && size(json) > 1`,
    );
  });
});
