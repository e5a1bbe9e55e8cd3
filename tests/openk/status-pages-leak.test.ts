// What must not be on a page is in no byte of any of its forms: configurations full of marked words, asked for everything about
// their public page.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATUSPAGE_FILES } from '../../src/status/render/statuspage-json.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

/** Stands in everything that is not for readers, with a number, so that a failure says where it is from. */
const MARK = /zq[0-9]+x/i;
const mark = (number: number) => `zq${number}x`;

interface World {
  readonly components: readonly {
    readonly kind: 'tcp' | 'http' | 'heartbeat' | 'group';
    readonly shown: 'by id' | 'by selector' | 'not';
    readonly hasDisplayName: boolean;
    readonly isInMaintenance: boolean;
    readonly report: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';
  }[];
  readonly latency: boolean;
}

const WORLDS: fc.Arbitrary<World> = fc.record({
  components: fc.array(
    fc.record({
      kind: fc.constantFrom('tcp', 'http', 'heartbeat', 'group'),
      shown: fc.constantFrom('by id', 'by selector', 'not'),
      hasDisplayName: fc.boolean(),
      isInMaintenance: fc.boolean(),
      report: fc.constantFrom('HEALTHY', 'DEGRADED', 'UNHEALTHY'),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  latency: fc.boolean(),
});

const idOf = (at: number) => `${mark(at)}-id`;

function configOf({ components, latency }: World): string {
  const lines = components.map(({ kind, shown, hasDisplayName, isInMaintenance }, at) => {
    const word = mark(100 + at);
    const probes = {
      tcp: `tcp: { target: "127.0.0.1:1", send: "${word}" }, interval: 100ms`,
      http: `http: { url: "http://${word}.invalid/${word}?${word}" }, interval: 100ms`,
      heartbeat: 'heartbeat: { period: 1h }',
      group: `group: { members: [ { component: ${mark(99)}-first } ] }`,
    };
    const more = [
      `labels: { ${shown === 'by selector' ? 'on: page, ' : ''}l${word}: v${word} }`,
      `description: "${word}", links: [ { title: "${word}", url: "https://${word}.invalid/" } ]`,
      ...(hasDisplayName ? [`display_name: Name ${at}`] : []),
      ...(isInMaintenance ? [`maintenance: { active: true, reason: "${word}" }`] : []),
    ];
    return `  - { id: ${idOf(at)}, ${probes[kind]}, ${more.join(', ')} }`;
  });
  const shown = (how: World['components'][number]['shown']) =>
    components.flatMap((component, at) => (component.shown === how ? [at] : []));
  const byId = shown('by id').map(idOf);
  const selector = shown('by selector').length > 0 ? ['"on=page"'] : [];
  const names = components.flatMap(({ hasDisplayName }, at) => (hasDisplayName ? [] : [`${idOf(at)}: Name ${at}`]));
  const entries = [...byId, ...selector];
  const groups = entries.length === 0 ? '' : `groups: [ { title: All, components: [ ${entries.join(', ')} ] } ],`;
  return `
components:
  - { id: ${mark(99)}-first, heartbeat: { period: 1h } }
${lines.join('\n')}
root: { id: ${mark(98)}-root }
status_pages:
  - { id: public, title: Page, access: PUBLIC, ${groups} names: { ${names.join(', ')} }, show: { latency: ${latency} }, embed_origins: [ "*" ] }
  - { id: ${mark(97)}-page, title: ${mark(96)}, groups: [ { title: ${mark(95)}, components: [ ${mark(99)}-first ] } ], names: { ${mark(99)}-first: ${mark(94)} } }
`;
}

/** All that it answers about the page, head and body. */
async function everythingOf(openk: RunningOpenk, world: World): Promise<readonly (readonly [string, string])[]> {
  const paths = [
    '/status/public',
    '/embed/public',
    '/status/public/feed.atom',
    ...STATUSPAGE_FILES.map((file) => `/status/public/api/v2/${file}.json`),
    '/v1/status-pages/public',
    '/v1/status-pages/nosuch',
    ...[...world.components.keys()].map((at) => `/status/public/badge/${idOf(at)}.svg`),
  ];
  const answers = paths.map(async (path) => {
    const answer = await fetch(`${openk.address}${path}`);
    const head = JSON.stringify([answer.status, ...answer.headers]);
    return [path, `${head}\n${await answer.text()}`] as const;
  });
  const watch = await fetch(`${openk.address}/v1/status-pages/public:watch`);
  const reader = watch.body!.getReader();
  const first = await reader.read();
  await reader.cancel();
  return [...(await Promise.all(answers)), ['watch', Buffer.from(first.value ?? []).toString()]];
}

async function openIncident(openk: RunningOpenk, incident: object): Promise<void> {
  const answer = await fetch(`${openk.address}/v1/incidents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'We look.', ...incident }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
}

it('leaks nothing', async () => {
  await fc.assert(
    fc.asyncProperty(WORLDS, async (world) => {
      const openk = await runOpenk(configOf(world));
      try {
        await Promise.all(
          world.components.map(async ({ kind, report }, at) => {
            if (kind !== 'heartbeat') return;
            const body = JSON.stringify({
              status: report,
              message: mark(200 + at),
              duration: '1s',
              run_id: mark(300 + at),
            });
            const answer = await fetch(`${openk.address}/v1/components/${idOf(at)}:report`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body,
            });
            expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
          }),
        );
        await openIncident(openk, {
          title: 'Slow',
          pages: ['public'],
          note: mark(400),
          components: world.components.map((_, at) => idOf(at)),
        });
        await openIncident(openk, { title: mark(401), pages: [`${mark(97)}-page`], note: '', components: [] });
        const answers = await everythingOf(openk, world);
        expect(answers.flatMap(([path, text]) => (MARK.test(text) ? [[path, MARK.exec(text)?.[0]]] : []))).toEqual([]);
        // It is about this page, and not about nothing.
        const html = answers.find(([path]) => path === '/status/public')![1];
        for (const [at, { shown }] of world.components.entries()) {
          expect([at, html.includes(`<h3>Name ${at}</h3>`)]).toEqual([at, shown !== 'not']);
        }
      } finally {
        await openk.close();
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
