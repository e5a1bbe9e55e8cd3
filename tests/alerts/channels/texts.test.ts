// What each channel is sent keeps to the limits that its API has, and cannot be taken for markup, whatever an alert is about.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alertJson } from '../../../src/alerts/channels/alert-json.ts';
import { discordBody } from '../../../src/alerts/channels/discord.ts';
import { matrixBody } from '../../../src/alerts/channels/matrix.ts';
import { ntfyBody } from '../../../src/alerts/channels/ntfy.ts';
import { pagerdutyEvent } from '../../../src/alerts/channels/pagerduty.ts';
import { slackBody } from '../../../src/alerts/channels/slack.ts';
import { teamsBody } from '../../../src/alerts/channels/teams.ts';
import { telegramBody } from '../../../src/alerts/channels/telegram.ts';
import type { AlertMessage } from '../../../src/core/alert.ts';
import { exampleAlert, exampleMessage, MESSAGE_TYPES, resolvedAlert } from './examples.ts';

const points = (text: string) => Array.from(text).length;
const bytes = (text: string) => Buffer.byteLength(text);
const all = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(all) : [];
};

/** Both measures that "characters" may mean. */
function expectCharacters(text: string, limit: number) {
  expect(Math.max(points(text), text.length)).toBeLessThanOrEqual(limit);
}

const HOSTILE = '<!channel> <@U1> @everyone <script>&amp;</b> `*_~|[x](http://evil.example)\\ "quotes" \u202e\n\0 #';
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('&', '<', '>', '"', '*', '_', '@', '`', '\\', '😀', '\n', 'é', '|', '['),
    maxLength: 200,
  }),
  fc.constantFrom(HOSTILE, HOSTILE.repeat(100), '😀'.repeat(6000), '&'.repeat(9000), '"'.repeat(9000), ''),
);
const urls = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom('https://a.example/?a=1&b="<>|)(', `https://a.example/${'x'.repeat(9000)}`, 'javascript:x', ''),
);
const messages: fc.Arbitrary<AlertMessage> = fc
  .record({
    type: fc.constantFrom(...MESSAGE_TYPES),
    displayName: texts,
    message: texts,
    evidence: texts,
    names: fc.array(texts, { maxLength: 12 }),
    note: texts,
    links: fc.array(fc.record({ title: texts, url: urls }), { maxLength: 8 }),
    labels: fc.dictionary(fc.string({ maxLength: 20 }), texts, { maxKeys: 5 }),
    isFlapping: fc.boolean(),
  })
  .map(({ type, displayName, message, evidence, names, note, links, labels, isFlapping }) => {
    const change = {
      displayName,
      reason: { code: 'X', message, evidence },
      cause: names,
      consequences: names,
      consequenceCount: names.length * 7,
      acknowledgement: { author: note, atMs: 0, note },
      links,
      labels,
      isFlapping,
    };
    return exampleMessage(type, type === 'alert.resolved' ? resolvedAlert(change) : exampleAlert(change));
  });

const forAll = (check: (message: AlertMessage) => void) => fc.assert(fc.property(messages, check), { numRuns: 150 });

describe('slack', () => {
  it('keeps to 3000 characters of a section and 4000 of a text, and lets nobody be called', () => {
    forAll((message) => {
      const body = JSON.parse(JSON.stringify(slackBody(message)));
      expect(body.text.length).toBeGreaterThan(2);
      expectCharacters(body.text, 4000);
      const [{ blocks }] = body.attachments;
      for (const { text } of blocks) {
        expect(text.text).not.toBe('');
        expectCharacters(text.text, 3000);
      }
      for (const text of [body.text, ...blocks.map((block: { text: { text: string } }) => block.text.text)]) {
        // What is left of < and > are our own links.
        const own = text.replaceAll(/<https?:\/\/[^<>|\s]+\|[^<>|]*>/g, '');
        expect(own).not.toMatch(/[<>]/);
        expect(own.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
      }
    });
  });

  it('looks so', () => {
    expect(slackBody(exampleMessage())).toEqual({
      text: '*Payments database is UNHEALTHY*',
      unfurl_links: false,
      unfurl_media: false,
      attachments: [
        {
          color: '#a30200',
          blocks: [
            {
              type: 'section',
              text: {
                type: 'mrkdwn',
                verbatim: true,
                text: [
                  '*Reason:* db:5432 refused the connection (10.0.0.1)',
                  '*Since:* 2026-11-29 07:00:00 UTC',
                  '*Is the cause of:* checkout, payments-api',
                  '*Component:* payments-db',
                  '<https://wiki.example/runbook?a=1&amp;b=2|Runbook>',
                ].join('\n'),
              },
            },
          ],
        },
      ],
    });
  });
});

describe('discord', () => {
  it('keeps to 2000 characters of content, 4096 of a description and 6000 of all, and mentions nobody', () => {
    forAll((message) => {
      const body = JSON.parse(JSON.stringify(discordBody(message)));
      expect(body.allowed_mentions).toEqual({ parse: [] });
      expectCharacters(body.content, 2000);
      const descriptions = body.embeds.map((embed: { description: string }) => embed.description);
      for (const description of descriptions) {
        expect(description).not.toBe('');
        expectCharacters(description, 4096);
      }
      // Nothing of a text is left unescaped but what is our own: what is bold, and links.
      const own = [body.content, ...descriptions]
        .join('\n')
        .replaceAll(/\\[^\p{L}\p{N}\s]/gu, '')
        .replaceAll(/^\*\*[^*]*\*\*/gm, '')
        .replaceAll(/\]\(https?:\/\/[^()\s]+\)$/gm, '')
        .replaceAll(/^\[/gm, '');
      expect(own).not.toMatch(/[*_`~|<>@[\]#]/);
    });
  });
});

describe('telegram', () => {
  it('keeps to 4096 characters, in HTML that is closed and of two tags', () => {
    forAll((message) => {
      const body = JSON.parse(JSON.stringify(telegramBody(message)));
      expect(body.parse_mode).toBe('HTML');
      expectCharacters(body.text, 4096);
      expect(body.text).not.toBe('<b></b>');
      expectClosed(body.text);
    });
  });
});

describe('matrix', () => {
  it('keeps to 64 KiB of an event, and mentions nobody', () => {
    forAll((message) => {
      const body = JSON.parse(JSON.stringify(matrixBody(message)));
      expect(bytes(JSON.stringify(body))).toBeLessThanOrEqual(60_000);
      expect(body['m.mentions']).toEqual({});
      expectClosed(body.formatted_body.replaceAll('<br>', '\n'));
    });
  });
});

function expectClosed(html: string) {
  const rest = html.replaceAll(/<b>[^<>]*<\/b>/g, '').replaceAll(/<a href="https?:\/\/[^"<>]*">[^<>]*<\/a>/g, '');
  expect(rest).not.toMatch(/[<>]/);
  expect(html.replaceAll(/&(?:amp|lt|gt|quot);/g, '')).not.toContain('&');
}

describe('ntfy', () => {
  it('keeps to 4096 bytes of a message and twice that of all, and to three actions', () => {
    forAll((message) => {
      const body = JSON.parse(JSON.stringify({ topic: 'x'.repeat(64), ...ntfyBody(message) }));
      expect(bytes(body.message)).toBeLessThanOrEqual(4096);
      expect(body.message).not.toBe('');
      expect(bytes(JSON.stringify(body))).toBeLessThanOrEqual(8192);
      expect(body.actions.length).toBeLessThanOrEqual(3);
      expect([1, 2, 3, 4, 5]).toContain(body.priority);
    });
  });
});

describe('teams', () => {
  it.each([true, false])('keeps to 28 KB, wrapped: %s', (isWrapped) => {
    forAll((message) => {
      const text = JSON.stringify(teamsBody(message, isWrapped));
      expect(bytes(text)).toBeLessThanOrEqual(28 * 1024);
      const body = JSON.parse(text);
      const card = isWrapped ? body.attachments[0].content : body;
      expect(card.type).toBe('AdaptiveCard');
      // Only runs, which know no Markdown.
      expect(card.body.map((block: { type: string }) => block.type)).toEqual(card.body.map(() => 'RichTextBlock'));
    });
  });
});

describe('pagerduty', () => {
  it('keeps to 1024 characters of a summary and 512,000 bytes of all', () => {
    forAll((message) => {
      const event = JSON.parse(JSON.stringify({ routing_key: 'x'.repeat(32), ...pagerdutyEvent(message) }));
      expect(['critical', 'error', 'warning', 'info']).toContain(event.payload.severity);
      expectCharacters(event.payload.summary, 1024);
      expect(event.payload.summary).not.toBe('');
      expectCharacters(event.dedup_key, 255);
      expect(bytes(JSON.stringify(event))).toBeLessThanOrEqual(512_000);
    });
    const labels = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, 'x'.repeat(10_000)]));
    const huge = JSON.stringify(pagerdutyEvent(exampleMessage('alert.opened', exampleAlert({ labels }))));
    expect(bytes(huge)).toBeLessThanOrEqual(512_000);
  });

  it.each([
    ['alert.opened', 'trigger'],
    ['alert.updated', 'trigger'],
    ['alert.reminded', 'trigger'],
    ['alert.acknowledged', 'acknowledge'],
    ['alert.resolved', 'resolve'],
    ['openk.test', 'trigger'],
    ['openk.notice', 'trigger'],
  ] as const)('%s is %s of the same incident, whatever its status', (type, action) => {
    const { event_action, dedup_key } = pagerdutyEvent(exampleMessage(type));
    expect({ event_action, dedup_key }).toEqual({ event_action: action, dedup_key: 'mabc123-7' });
  });
});

it('every text of every channel can be sent', () => {
  forAll((message) => {
    const bodies = [slackBody, discordBody, telegramBody, matrixBody, ntfyBody, pagerdutyEvent].map((body) =>
      body(message),
    );
    // JSON of the details is as it came; JSON writes it.
    const { payload: _details, ...event } = bodies.pop() as Record<string, unknown>;
    for (const text of all([...bodies, event, teamsBody(message, true)])) {
      expect(text.isWellFormed()).toBe(true);
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
    expect(() => JSON.stringify(alertJson(message.alert))).not.toThrow();
  });
});
