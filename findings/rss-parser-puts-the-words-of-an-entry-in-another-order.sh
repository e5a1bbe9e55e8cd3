#!/usr/bin/env bash
# rss-parser 3.13.0: an Atom entry whose content is XHTML comes out with its words in another order: first all text of an element, then its child
# elements, those of one name together. So a status page's history says something else than its page, without an error. The same text
# as escaped HTML is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund rss-parser@3.13.0
cat >ask.cjs <<'JS'
const Parser = require('rss-parser');

const markup =
  '<p>The API is <b>up</b> again; the database is <b>down</b>.</p><small>11:00</small><p>Both are down.</p><small>10:00</small>';
const escaped = markup.replaceAll('<', '&lt;');
const contents = {
  html: `<content type="html">${escaped}</content>`,
  xhtml: `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">${markup}</div></content>`,
};

async function ask() {
  for (const [kind, content] of Object.entries(contents)) {
    const feed = await new Parser().parseString(
      `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:example:history</id><title>History</title><updated>2026-01-05T11:00:00Z</updated>
      <entry><id>urn:example:1</id><title>Outage</title><updated>2026-01-05T11:00:00Z</updated>${content}</entry></feed>`,
    );
    console.log(`${kind}: ${feed.items[0].contentSnippet.replaceAll('\n', ' / ')}`);
  }
}
ask();
JS
cat >seen.txt <<'TEXT'
html: The API is up again; the database is down. / 11:00 / Both are down. / 10:00
xhtml: The API is  again; the database is .updown / Both are down. / 11:0010:00
TEXT
node ask.cjs >now.txt
cat now.txt
diff seen.txt now.txt >/dev/null || { echo 'this has changed'; exit 1; }
