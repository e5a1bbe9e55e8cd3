// Gatus' configurations, the hard ones among them: each test is one of the ways in which Gatus reads or checks something otherwise than it looks.
import { describe, expect, it } from '@jest/globals';
import { isGatusFile } from '../../src/import/gatus/documents.ts';
import { gatus, gatusEndpoint } from './imports.ts';

const OK = ['[STATUS] == 200'];

describe('a Gatus configuration', () => {
  it('becomes components, groups and defaults', async () => {
    const made = await gatus(`
endpoints:
  - name: front-end
    group: core
    url: https://example.org/health
    interval: 5m
    client: { timeout: 3s }
    extra-labels: { team: shop }
    conditions: [ "[STATUS] == 200", "[BODY].status == UP", "[RESPONSE_TIME] < 150" ]
  - name: back-end
    group: core
    url: https://example.org/
    method: POST
    body: "ping [ENDPOINT_NAME]"
    conditions: [ "[STATUS] <= 204", "[STATUS] >= 200" ]
`);
    expect(made.yaml.defaults).toEqual({
      interval: '1m',
      timeout: '10s',
      unhealthy_threshold: 1,
      healthy_threshold: 1,
    });
    expect(made.component('core_front-end')).toEqual({
      id: 'core_front-end',
      display_name: 'front-end',
      labels: { team: 'shop' },
      http: {
        url: 'https://example.org/health',
        expected_status: ['200'],
        expect: ["json.status == 'UP'", 'latency_ms < 150'],
        follow_redirects: 20,
      },
      interval: '5m',
      timeout: '3s',
    });
    expect(made.component('core_back-end').http).toEqual({
      url: 'https://example.org/',
      method: 'POST',
      body: 'ping back-end',
      expected_status: ['200-204'],
      follow_redirects: 20,
    });
    expect(made.component('core').group.members).toEqual([
      { component: 'core_front-end' },
      { component: 'core_back-end' },
    ]);
    expect(made.imported.items.map(({ outcome }) => outcome)).toEqual(['EXACT', 'EXACT']);
    expect(made.item('core/front-end')).toMatchObject({ component: 'core_front-end', place: 'config.yaml:3' });
  });

  it('1: has its variables where they were, empty where they are not set, and $$ as a dollar', async () => {
    const source = `
endpoints:
  - name: e
    url: "https://\${HOST}/\${NOT_SET}?a=$$1"
    headers: { Authorization: "Bearer $TOKEN", X-Fallback: "\${X:-d}" }
    conditions: [ "[STATUS] == 200" ]
`;
    const made = await gatus(source, { HOST: 'example.org', TOKEN: 'very: secret' });
    expect(made.component('e').http).toMatchObject({
      url: 'https://${HOST:-}/${NOT_SET:-}?a=$1',
      headers: { Authorization: 'Bearer ${TOKEN:-}', 'X-Fallback': '' },
    });
    expect(made.text).not.toContain('very');
    expect(made.imported.variables).toEqual(['HOST', 'NOT_SET', 'TOKEN']);
    expect(made.imported.notes.join()).toContain('Empty in Gatus, since it knows no defaults: ${X:-d}.');
  });

  it('leaves out headers that the connection needs, and keeps the endpoint', async () => {
    const made = await gatusEndpoint(
      OK,
      'url: https://example.org\nheaders: { Connection: close, content-length: "0", Accept: a }',
    );
    expect(made.component('e').http.headers).toEqual({ Accept: 'a' });
    expect(made.imported.items[0]!.differences).toEqual([
      'the header Connection is what the connection needs, and not what is written there',
      'the header content-length is what the connection needs, and not what is written there',
    ]);
  });

  it('1: keeps a literal ${ from becoming a variable', async () => {
    const made = await gatusEndpoint(OK, 'url: https://example.org\nbody: "$${A}"');
    expect(made.component('e').http.body).toBe('$${A}');
  });

  it('1: is refused where the values of variables make something else of the file', async () => {
    const source = 'endpoints:\n  - name: e\n    url: $URL\n    conditions: [ "[STATUS] == 200" ]\n';
    await expect(async () => gatus(source, { URL: 'a: b: c' })).rejects.toThrow(
      'no YAML; Gatus does not start with it either',
    );
    await expect(async () => gatus(source, { URL: 'x\n    group: y' })).rejects.toThrow('change what is in it');
  });

  it('2: may be several files, whose lists are appended and whose mappings are merged', async () => {
    const endpoint = (name: string) =>
      `endpoints:\n  - { name: ${name}, url: "https://a.example", conditions: [ "[STATUS] == 200" ] }\n`;
    const made = await gatus({
      'a.yaml': `${endpoint('a')}alerting:\n  slack: { webhook-url: "https://hooks.example/1" }\n`,
      'b.yml': `${endpoint('b')}alerting:\n  discord: { webhook-url: "https://hooks.example/2" }\n`,
    });
    expect(made.yaml.components.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    expect(made.item('b').place).toBe('b.yml:2');
    await expect(async () => gatus({ 'a.yaml': 'metrics: true\n', 'b.yaml': 'metrics: true\n' })).rejects.toThrow(
      'b.yaml:1: metrics is given twice (a.yaml:1 too)',
    );
    expect(['a.yaml', 'x/b.yml', 'c.txt', '..data/a.yaml', 'a.yaml.bak'].filter(isGatusFile)).toEqual([
      'a.yaml',
      'x/b.yml',
    ]);
  });

  it('3: has its merge keys expanded', async () => {
    const made = await gatus(`
x-defaults: &defaults { interval: 2m, conditions: [ "[STATUS] == 200" ], client: &client { timeout: 4s } }
endpoints:
  - { <<: *defaults, name: a, url: "https://a.example" }
  - { <<: *defaults, name: b, url: "https://b.example", interval: 3m }
`);
    expect([made.component('a').interval, made.component('b').interval, made.component('b').timeout]).toEqual([
      '2m',
      '3m',
      '4s',
    ]);
    expect(made.imported.unknownKeys).toEqual([{ place: 'config.yaml:2', key: 'x-defaults' }]);
  });

  it('4: names keys that Gatus does not know, which somebody meant', async () => {
    const made = await gatusEndpoint(OK, 'url: https://example.org\nintervall: 5s\nclient: { timout: 1s }');
    expect(made.component('e').interval).toBeUndefined();
    expect(made.imported.unknownKeys).toEqual([
      { place: 'config.yaml:5', key: 'timout', nearest: 'timeout' },
      { place: 'config.yaml:4', key: 'intervall', nearest: 'interval' },
    ]);
  });

  it('5: takes any status where no condition is about it', async () => {
    const made = await gatusEndpoint(['[CONNECTED] == true']);
    expect(made.component('e').http.expected_status).toEqual(['100-599']);
    expect(made.item('e').outcome).toBe('EXACT');
  });

  it.each([
    [['[STATUS] == any(200, 204, 301)'], ['200', '204', '301']],
    [['[STATUS] == pat(2*)'], ['200-299']],
    [
      ['[STATUS] >= 200', '[STATUS] != 204', '[STATUS] < 300'],
      ['200-203', '205-299'],
    ],
    [['[status] == 0xC8'], ['200']],
  ])('5: has the statuses of %j', async (conditions, statuses) => {
    expect((await gatusEndpoint(conditions)).component('e').http.expected_status).toEqual(statuses);
  });

  it('6: follows redirects unless it does not, with the times of Gatus', async () => {
    const made = await gatusEndpoint(OK, 'url: https://example.org\nclient: { ignore-redirect: true, insecure: true }');
    expect(made.component('e').http).not.toHaveProperty('follow_redirects');
    expect(made.component('e').http.tls).toEqual({ insecure_skip_verify: true });
  });

  it('7: reads what is behind a second operator over, and is refused without blanks', async () => {
    const made = await gatusEndpoint(['[STATUS] == 200 == 300']);
    expect(made.component('e').http.expected_status).toEqual(['200']);
    expect(made.item('e').differences).toEqual([
      'Gatus reads over "300" in "[STATUS] == 200 == 300", and so it is here',
    ]);
    const refused = await gatusEndpoint(['[STATUS]==200']);
    expect(refused.item('e')).toMatchObject({
      outcome: 'LOST',
      losses: [
        'Gatus does not start with it either: the condition "[STATUS]==200" has no operator with blanks around it',
      ],
    });
    expect(refused.text).toContain('# NOT IMPORTED: endpoint e, config.yaml:2');
    expect(refused.text).toContain('#     url: https://example.org');
  });

  it('8: says where a number is never equal, and where a field may be missing', async () => {
    const large = await gatusEndpoint(['[BODY].id == 1000000']);
    expect(large.component('e').http.expect).toEqual(["json.id == '1000000'"]);
    expect(large.item('e').differences[0]).toContain('Gatus writes the number 1000000 as 1e+06');
    const missing = await gatusEndpoint(['[BODY].load < 5']);
    expect(missing.component('e').http.expect).toEqual([
      '!(has(json.load) && json.load != null) || int(json.load) < 5',
    ]);
    expect(missing.item('e').differences[0]).toContain('"[BODY].load < 5" is met where there is no [BODY].load');
    const unequal = await gatusEndpoint(['[BODY].a.state != down']);
    expect(unequal.component('e').http.expect).toEqual([
      "!(has(json.a) && has(json.a.state)) || json.a.state != 'down'",
    ]);
  });

  it('9: counts bytes of texts and elements of lists', async () => {
    const made = await gatusEndpoint(['len([BODY].name) == 2']);
    expect(made.component('e').http.expect).toEqual([
      '(type(json.name) == string ? size(bytes(json.name)) : size(json.name)) == 2',
    ]);
  });

  it('10: asks for each step of a path, and takes null for nothing', async () => {
    const made = await gatusEndpoint(['has([BODY].a.b) == true']);
    expect(made.component('e').http.expect).toEqual(['has(json.a) && has(json.a.b) && json.a.b != null']);
  });

  it('11: has patterns without slashes, and choices', async () => {
    const made = await gatusEndpoint(['[BODY] == pat(*a/b*)', '[BODY].v == pat(1.[0-4]?)', '[BODY].s == any(up, 5 )']);
    expect(made.component('e').http.expect).toEqual([
      "body.trim().replace('/', '').contains('ab')",
      "string(json.v).replace('/', '').matches('(?s)^1\\\\x2e[0-4].$')",
      "json.s in ['up', 5, '5']",
    ]);
  });

  it('12: finds keys that are words of CEL', async () => {
    const made = await gatusEndpoint(['[BODY].in == x', '[BODY][0].items[2] == y', '[BODY].a-b == z']);
    expect(made.component('e').http.expect).toEqual([
      "json['in'] == 'x'",
      "json[0].items[2] == 'y'",
      "json['a-b'] == 'z'",
    ]);
  });

  it('13: looks at certificates', async () => {
    const made = await gatusEndpoint(['[CERTIFICATE_EXPIRATION] > 48h']);
    expect(made.component('e').http.expect).toEqual(["certificate_expires_in > duration('48h')"]);
    expect(made.item('e').outcome).toBe('EXACT');
  });

  it('13: goes the ways that a client goes', async () => {
    const made = await gatusEndpoint(
      OK,
      `url: https://example.org
client:
  proxy-url: "http://u:pr0xy@proxy:3128"
  dns-resolver: udp://8.8.8.8:53
  oauth2: { token-url: "https://idp.example/token", client-id: a, client-secret: s3cret, scopes: [ b ] }`,
    );
    expect(made.component('e').http).toMatchObject({
      proxy: 'http://${GATUS_E_PROXY_CREDENTIALS}@proxy:3128',
      resolver: '8.8.8.8:53',
      oauth2: {
        token_url: 'https://idp.example/token',
        client_id: 'a',
        client_secret: '${GATUS_E_CLIENT_SECRET}',
        scopes: ['b'],
      },
    });
    const tunnel = await gatusEndpoint(OK, 'url: https://example.org\nclient: { tunnel: a }');
    expect(tunnel.item('e').losses).toEqual(['it goes through an SSH tunnel, which OpenK does not']);
  });

  it('13: says which conditions OpenK does not have', async () => {
    const made = await gatusEndpoint(['[STATUS] == 200', '[IP] == 127.0.0.1', '[DOMAIN_EXPIRATION] > 720h']);
    expect(made.item('e')).toMatchObject({
      outcome: 'DIFFERENT',
      losses: [
        '"[IP] == 127.0.0.1" is not asked: OpenK has no condition on the address that a name resolves to',
        '"[DOMAIN_EXPIRATION] > 720h" is not asked: OpenK does not ask when a domain expires',
      ],
    });
    expect(made.text).toContain('# LOST: "[IP] == 127.0.0.1" is not asked');
    expect((await gatusEndpoint(['[DOMAIN_EXPIRATION] > 720h'])).item('e').outcome).toBe('LOST');
  });

  it('13: is lost where it asks that nobody answers', async () => {
    const made = await gatusEndpoint(['[CONNECTED] == false']);
    expect(made.item('e').losses).toEqual([
      '"[CONNECTED] == false" asks that nobody answers, which OpenK cannot call healthy',
    ]);
  });

  it.each(['[RESPONSE_TIME] < 500', '[STATUS] < 300'])(
    '13: says where Gatus is content with nobody: %s',
    async (condition) => {
      const made = await gatusEndpoint([condition]);
      expect(made.item('e').differences[0]).toContain('Gatus calls it healthy also where nobody answers');
    },
  );

  it('14: asks gRPC servers, whose word counts', async () => {
    const url = 'url: grpcs://example.org:443\nclient: { insecure: true }';
    const made = await gatusEndpoint(['[CONNECTED] == true', '[BODY].status == SERVING'], url);
    expect(made.component('e').grpc).toEqual({ target: 'example.org:443', tls: { insecure_skip_verify: true } });
    expect(made.item('e').outcome).toBe('EXACT');
    const content = await gatusEndpoint(['[CONNECTED] == true'], 'url: grpc://example.org:80');
    expect(content.item('e').differences).toEqual([
      'Gatus calls it healthy whatever the server says of itself; here NOT_SERVING is UNHEALTHY',
    ]);
  });

  it('15: asks name servers', async () => {
    const more = 'url: 8.8.8.8\ndns: { query-name: example.com, query-type: A }';
    const made = await gatusEndpoint(['[BODY] == 93.184.216.34', '[DNS_RCODE] == NOERROR'], more);
    expect(made.component('e').dns).toEqual({
      name: 'example.com',
      type: 'A',
      resolver: '8.8.8.8',
      expect: ['93.184.216.34'],
    });
    expect(made.item('e').differences).toEqual([
      'of several answers any may be the expected one; in Gatus the last is looked at',
    ]);
    const gone = await gatusEndpoint(['[DNS_RCODE] == NXDOMAIN'], more);
    expect(gone.component('e').dns).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(gone.item('e').outcome).toBe('EXACT');
    const pattern = await gatusEndpoint(['[BODY] == pat(93.*)', '[DNS_RCODE] == NOERROR'], more);
    expect(pattern.item('e').losses).toEqual(['"[BODY] == pat(93.*)" is not asked: OpenK has no such condition here']);
  });

  it('15: pings', async () => {
    const ping = await gatusEndpoint(
      ['[CONNECTED] == true', '[RESPONSE_TIME] < 100'],
      'url: icmp://gw.example\nclient: { network: ip4 }',
    );
    expect(ping.component('e')).toMatchObject({ icmp: { target: 'gw.example', ip_family: 'IPV4' }, timeout: '100ms' });
    expect(ping.item('e').differences).toEqual(['"[RESPONSE_TIME] < 100" is its timeout']);
  });

  it('15: connects to ports, speaks with them, and looks at certificates', async () => {
    const port = await gatusEndpoint(['[CONNECTED] == true', '[RESPONSE_TIME] < 300'], 'url: tcp://redis:6379');
    expect(port.component('e')).toMatchObject({ tcp: { target: 'redis:6379' }, timeout: '300ms' });
    const talk = await gatusEndpoint(['[BODY] == pat(+PONG*)'], 'url: tcp://redis:6379\nbody: "PING\\r\\n"');
    expect(talk.component('e').tcp).toEqual({ target: 'redis:6379', send: 'PING\r\n', expect: '(?s)^\\s*\\x2bPONG' });
    const certificate = await gatusEndpoint(['[CERTIFICATE_EXPIRATION] > 48h'], 'url: tls://example.org:443');
    expect(certificate.component('e').tls).toEqual({ target: 'example.org:443', degraded_before: '48h' });
    expect(certificate.item('e').differences[0]).toContain('DEGRADED');
    const mail = await gatusEndpoint(
      ['[CONNECTED] == true', '[CERTIFICATE_EXPIRATION] > 48h'],
      'url: starttls://mail.example.org:587',
    );
    expect(mail.component('e').tls).toEqual({
      target: 'mail.example.org:587',
      starttls: 'SMTP',
      degraded_before: '48h',
    });
    const banner = await gatusEndpoint(['[CONNECTED] == true', '[STATUS] == 0'], 'url: ssh://example.org');
    expect(banner.component('e').tcp).toEqual({ target: 'example.org:22', expect: '^SSH-' });
    const command = await gatusEndpoint(
      ['[CONNECTED] == true'],
      'url: ssh://example.org\nssh: { username: a, password: b }',
    );
    expect(command.item('e').losses).toEqual(['it runs a command over SSH, which OpenK does not']);
    expect(command.imported.unknownKeys).toEqual([]);
  });

  it.each([
    ['udp://example.org:53', 'OpenK has no probe for udp'],
    ['sctp://example.org:53', 'OpenK has no probe for sctp'],
    ['ftp://example.org', 'Gatus knows no such url either'],
  ])('15: does not have %s', async (url, why) => {
    const made = await gatusEndpoint(['[CONNECTED] == true'], `url: ${url}`);
    expect(made.item('e')).toMatchObject({ outcome: 'LOST', losses: [why] });
    expect(made.yaml.components).toEqual([]);
  });

  it('16: has ids out of any names, the same whatever is around them', async () => {
    const endpoint = (group: string, name: string) =>
      `  - { name: "${name}", group: "${group}", url: "https://a.example", conditions: [ "[STATUS] == 200" ] }\n`;
    const all = [
      endpoint('Ä/B', 'Zürich (öff.) ★'),
      endpoint('a', 'b ö'),
      endpoint('a', 'b o'),
      endpoint('', 'System'),
    ];
    const made = await gatus(`endpoints:\n${all.join('')}`);
    const id = made.item('Ä/B/Zürich (öff.) ★').component!;
    expect(id).toBe('a-b_zurich-off');
    expect(made.component(id).display_name).toBe('Zürich (öff.) ★');
    expect([made.item('a/b o').component, made.item('a/b ö').component]).toEqual(['a_b-o', 'a_b-o-52f00d']);
    expect(made.item('System').component).toMatch(/^system-[0-9a-f]{6}$/);
    const reversed = await gatus(`endpoints:\n${all.toReversed().join('')}`);
    expect(reversed.item('a/b ö').component).toBe(made.item('a/b ö').component);
    const twice = await gatus(`endpoints:\n${endpoint('x', 'a b')}${endpoint('x', 'a_b')}`);
    expect(twice.item('x/a_b').losses).toEqual([
      'Gatus does not start with it either: its key x_a-b is that of another endpoint',
    ]);
  });

  it('18: is in maintenance where Gatus only keeps quiet, and says so', async () => {
    const made = await gatusEndpoint(
      OK,
      'url: https://example.org\nmaintenance-windows: [ { start: "23:30", duration: 2h, timezone: Europe/Berlin, every: [ Monday, Sunday ] } ]',
    );
    expect(made.component('e').maintenance.windows).toEqual([
      { cron: '30 23 * * MON,SUN', duration: '2h', timezone: 'Europe/Berlin' },
    ]);
    expect(made.item('e').differences[0]).toContain('its status is MAINTENANCE');
    const wrong = await gatusEndpoint(
      OK,
      'url: https://example.org\nmaintenance-windows: [ { start: "9:00", duration: 2h } ]',
    );
    expect(wrong.item('e').outcome).toBe('LOST');
  });

  it('19: has what is switched off as a comment, and is refused where Gatus refuses', async () => {
    const made = await gatusEndpoint(OK, 'url: https://example.org\nenabled: false');
    expect(made.item('e').outcome).toBe('OFF');
    expect(made.yaml.components).toEqual([]);
    expect(made.text).toContain('# switched off there: endpoint e, config.yaml:2');
    expect(made.text).toContain('#   - id: e');
    for (const interval of ['60', '1d']) {
      const wrong = await gatusEndpoint(OK, `url: https://example.org\ninterval: ${interval}`);
      expect(wrong.item('e').losses).toEqual([
        'Gatus does not start with it either: interval is no duration such as 30s or 5m',
      ]);
    }
    await expect(async () => gatus('external-endpoints: [ { name: a, token: b } ]')).rejects.toThrow(
      'no endpoints and no suites',
    );
    await expect(async () => gatus('endpoints: [')).rejects.toThrow('config.yaml:1: is no YAML');
    await expect(async () => gatus('')).rejects.toThrow('nothing in it');
  });

  it('20: says that history and looks stay behind', async () => {
    const made = await gatus(`
storage: { type: sqlite, path: /data/data.db }
ui: { title: x }
concurrency: 5
metrics: true
security: { basic: { username: a, password-bcrypt-base64: b } }
endpoints: [ { name: e, url: "https://example.org", conditions: [ "[STATUS] == 200" ] } ]
`);
    const settings = made.imported.items.filter(({ kind }) => kind === 'setting');
    expect(settings.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['storage', 'DIFFERENT'],
      ['security', 'LOST'],
      ['ui', 'DIFFERENT'],
    ]);
  });

  it('takes external endpoints as heartbeats with their tokens', async () => {
    const made = await gatus(`
endpoints: [ { name: e, url: "https://example.org", conditions: [ "[STATUS] == 200" ] } ]
external-endpoints:
  - { name: backup, group: jobs, token: 0123456789abcdef, heartbeat: { interval: 24h } }
  - { name: short, token: potato }
  - { name: Größe, token: "\${PUSH_TOKEN}" }
`);
    expect(made.component('jobs_backup').heartbeat).toEqual({
      period: '24h',
      ping_token: '${GATUS_JOBS_BACKUP_TOKEN}',
    });
    expect(made.item('jobs/backup').outcome).toBe('EXACT');
    expect(made.imported.secrets.get('GATUS_JOBS_BACKUP_TOKEN')).toBe('0123456789abcdef');
    expect(made.component('short').heartbeat).toEqual({ period: '8760h', ping_token: '${GATUS_SHORT_TOKEN}' });
    expect(made.item('short').losses[0]).toContain('a new one is made');
    expect(made.imported.secrets.get('GATUS_SHORT_TOKEN')).toBe('a-token-that-was-made-anew');
    expect(made.component('grosse').heartbeat.ping_token).toBe('${PUSH_TOKEN:-}');
    expect(made.item('Größe').differences).toContain(
      'who pushes has to call it grosse in the URL, where it was _größe',
    );
    expect(made.config.pingTokens.map(({ component }) => component)).toEqual(['jobs_backup', 'short']);
  });

  it('keeps every secret out of the configuration and the report', async () => {
    const made = await gatus(`
endpoints:
  - name: e
    url: "https://alice:hunter2@example.org/?api_key=k3y&page=1"
    body: '{"password": "pa55"}'
    method: POST
    headers: { Authorization: Bearer t0ken, X-Api-Key: "4pi", Accept: text/plain }
    conditions: [ "[STATUS] == 200" ]
  - name: lost
    url: "udp://example.org:53?token=ud9"
    headers: { Cookie: c00kie }
    conditions: [ "[CONNECTED] == true" ]
`);
    expect(made.component('e').http).toMatchObject({
      url: 'https://${GATUS_E_URL_CREDENTIALS}@example.org/?api_key=${GATUS_E_URL_API_KEY}&page=1',
      body: '${GATUS_E_BODY}',
      headers: { Authorization: '${GATUS_E_AUTHORIZATION}', 'X-Api-Key': '${GATUS_E_X_API_KEY}', Accept: 'text/plain' },
    });
    expect(Object.fromEntries(made.imported.secrets)).toMatchObject({
      GATUS_E_URL_CREDENTIALS: 'alice:hunter2',
      GATUS_E_BODY: '{"password": "pa55"}',
      GATUS_E_AUTHORIZATION: 'Bearer t0ken',
    });
    for (const secret of ['hunter2', 'k3y', 'pa55', 't0ken', '4pi', 'ud9', 'c00kie'])
      expect(made.text).not.toContain(secret);
  });

  it('has suites as groups where their steps stand alone, and not where they hand on values', async () => {
    const made = await gatus(`
suites:
  - name: checkout
    interval: 5m
    endpoints:
      - { name: cart, url: "https://a.example", conditions: [ "[STATUS] == 200" ] }
  - name: login
    context: { user: a }
    endpoints:
      - { name: post, url: "https://a.example", conditions: [ "[STATUS] == 200" ], store: { id: "[BODY].id" } }
      - { name: get, url: "https://a.example/[CONTEXT].id", conditions: [ "[STATUS] == 200" ] }
`);
    expect(made.component('cart').interval).toBe('5m');
    expect(made.component('checkout').group.members).toEqual([{ component: 'cart' }]);
    expect(made.item('checkout').outcome).toBe('DIFFERENT');
    expect(made.item('login').outcome).toBe('LOST');
    expect(made.text).toContain('# NOT IMPORTED: suite login');
  });

  it('has the connectivity checker as a witness of the network', async () => {
    const made = await gatus(`
connectivity: { checker: { target: "1.1.1.1:53", interval: 30s } }
endpoints: [ { name: e, url: "https://example.org", conditions: [ "[STATUS] == 200" ] } ]
`);
    expect(made.component('connectivity')).toEqual({
      id: 'connectivity',
      tcp: { target: '1.1.1.1:53' },
      interval: '30s',
    });
    expect(made.yaml.observer).toEqual({ witnesses: ['connectivity'] });
  });

  it('takes out what OpenK itself refuses, and says why', async () => {
    const made = await gatus(`
endpoints:
  - { name: bad, group: g, url: "tcp://a_host_without_port", conditions: [ "[CONNECTED] == true" ] }
  - { name: good, group: g, url: "tcp://a:80", conditions: [ "[CONNECTED] == true" ] }
`);
    expect(made.item('g/bad')).toMatchObject({ outcome: 'LOST' });
    expect(made.item('g/bad').losses[0]).toContain('OpenK does not take it: tcp.target');
    expect(made.component('g').group.members).toEqual([{ component: 'g_good' }]);
  });
});
