// `node scripts/changelog-section.ts v1.2.3`: prints what CHANGELOG.md says of a version. Fails where there is nothing, or where
// package.json has another version.
import { readFileSync } from 'node:fs';

const version = (process.argv[2] ?? '').replace(/^v/, '');
const packaged = JSON.parse(readFileSync('package.json', 'utf8')).version;
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m);
const section = sections.find((text) => text.startsWith(`[${version}]`));
const text = section?.slice(section.indexOf('\n')).trim();

if (packaged !== version) fail(`package.json has version ${packaged}, not ${version}`);
else if (!text) fail(`CHANGELOG.md has no section [${version}], or an empty one`);
else process.stdout.write(`${text}\n`);

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
