// What `npm run import:peers` looks at, on sources of our own: it has to see what is lost, what gets out and which columns are not there.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { blackboxSources } from '../support/peers/blackbox.ts';
import { gatusConditions, gatusSources } from '../support/peers/gatus.ts';
import { importSource, type PeerSource } from '../support/peers/import-source.ts';
import { schemaFaults } from '../support/peers/kuma.ts';
import { KUMA_TABLES } from './kuma-database.ts';

const ENDPOINT = '  - { name: web, url: "https://example.org", conditions: [ "[STATUS] == 200" ] }';
const README = `
1. Alerts:
   \`\`\`yaml
   alerting:
     slack: { webhook-url: "https://hooks.slack.com/very-s3cret" }
   \`\`\`
\`\`\`yaml
services: { web: {} }
\`\`\`
`;
const GO = `
	{ pathAndFiles: map[string]string{
		"a.yaml": \`
endpoints:
${ENDPOINT}\`,
		"b.yaml": \`endpoints: [ { name: other, url: "udp://a:1", conditions: [ "[CONNECTED] == true" ] } ]\`,
	} }
	parse([]byte(\`storage: { path: %s }\`))
`;
const CONDITIONS = `
		{condition: "[STATUS] == 200", expectedErr: nil},
		{condition: "[STATUS]==201", expectedErr: errors.New("invalid")},
			Condition:       Condition("[BODY].a == 1"),
			Result:          &Result{Body: []byte("{\\"a\\": 1}")},
			ExpectedSuccess: true,
			Condition:       Condition("[RESPONSE_TIME] < 500"),
			Result:          &Result{Duration: 2 * time.Second},
			ExpectedSuccess: true,
`;

describe('what other programs have in their repositories', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openk-peers-test-'));
    const files = { 'README.md': README, 'config/config_test.go': GO, 'config/endpoint/condition_test.go': CONDITIONS };
    for (const [path, text] of Object.entries({ ...files, 'blackbox.yml': 'modules: { m: { prober: tcp } }' })) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are found in documentation, and in tests with the files of one together', async () => {
    const [readme, test, ...others] = await gatusSources(folder, join(folder, 'work'));
    expect([readme!.name, test!.name, others]).toEqual(['README.md:4', 'config/config_test.go:3', []]);
    expect(await importSource(readme!)).toMatchObject({ extent: 'DIFFERENT', faults: [] });
    const two = await importSource(test!);
    expect(two).toMatchObject({ extent: 'IN_PART', faults: [] });
    expect(two.report!.items.map(({ name }) => name)).toEqual(['web', 'other']);
    const [modules] = await blackboxSources(folder, join(folder, 'blackbox'));
    expect(await importSource(modules!)).toMatchObject({ name: 'blackbox.yml', extent: 'EXACT', faults: [] });
  });

  it('show what is lost without a word, and what gets out', async () => {
    const [readme] = await gatusSources(folder, join(folder, 'work'));
    const source: PeerSource = { ...readme!, missing: () => ['the endpoint "x"'], secrets: ['hooks', 'example.org'] };
    expect((await importSource(source)).faults).toEqual([
      'the report does not name the endpoint "x"',
      'a secret is in the configuration',
    ]);
    const report = (await importSource(readme!)).report!;
    expect(readme!.missing({ ...report, items: [] })).toEqual(['the endpoint "completed"', 'the alert "slack"']);
  });

  it('judge conditions as their own tests do', async () => {
    expect(await gatusConditions(folder)).toEqual({
      cases: 4,
      wrong: ['[RESPONSE_TIME] < 500 is true there: Duration: 2 * time.Second'],
    });
  });

  it('have the columns that our tests have', () => {
    const real = new Database(':memory:');
    real.exec(KUMA_TABLES);
    expect(schemaFaults(real)).toEqual([]);
    real.exec('ALTER TABLE monitor RENAME COLUMN keyword TO words; ALTER TABLE tag ADD COLUMN weight TEXT');
    real.exec('DROP TABLE proxy; CREATE TABLE proxy (id INTEGER PRIMARY KEY, host TEXT NOT NULL)');
    expect(schemaFaults(real).slice(0, 2)).toEqual([
      'monitor.keyword is in our tests alone',
      'proxy.user_id is in our tests alone',
    ]);
    real.close();
  });
});
