// docs/cli.md, made of what the commands themselves say. `node tests/cli/reference.ts` writes it; a test compares.
import { writeFileSync } from 'node:fs';
import { runTestCli } from './test-cli.ts';

export const REFERENCE = new URL('../../docs/cli.md', import.meta.url);

const COMMANDS = [
  ['serve'],
  ['check'],
  ['list'],
  ['explain'],
  ['wait'],
  ['watch'],
  ['history'],
  ['report'],
  ['alerts', 'list'],
  ['alerts', 'test'],
  ['alerts', 'replay'],
  ['ack'],
  ['silence', 'start'],
  ['silence', 'list'],
  ['silence', 'end'],
  ['maintenance', 'start'],
  ['maintenance', 'list'],
  ['maintenance', 'end'],
  ['export', 'page'],
  ['import', 'gatus'],
  ['import', 'blackbox'],
  ['import', 'uptime-kuma'],
  ['agent'],
  ['config', 'check'],
  ['config', 'schema'],
  ['storage', 'check'],
  ['storage', 'compact'],
  ['storage', 'backup'],
  ['token', 'new'],
  ['completion'],
];

const INTRODUCTION = `# Command line

<!-- Made by \`node tests/cli/reference.ts\` from the help of the commands. Do not edit. -->

Every command says this by itself: \`openk --help\`, \`openk help check\`.

\`check\`, \`list\`, \`explain\`, \`wait\`, \`watch\`, \`history\`, \`report\`, \`alerts\`, \`ack\`, \`silence\`, \`maintenance\` and \`export\` ask a server: the one of
\`--server\`, else of the environment variable \`OPENK_SERVER\`, else \`http://127.0.0.1:8080\`. They send it the token in the file of \`--token-file\`, else the one in
\`OPENK_TOKEN\`, as \`Authorization: Bearer\`. There is no flag for the token itself: every user of the machine sees the
flags of a process. Over \`http://\` to another machine they warn. A stream whose token ends is opened once more, then
\`watch\` and \`wait\` end with 3. Output goes to stdout, errors and progress go to stderr. Colours are used in
a terminal only, and not when \`NO_COLOR\` is set. Durations are written \`500ms\`, \`30s\`, \`5m\`, \`1h30m\`.
`;

export async function cliReference(): Promise<string> {
  const sections = [INTRODUCTION, block(await help([]))];
  for (const command of COMMANDS) sections.push(`## openk ${command.join(' ')}\n`, block(await help(command)));
  return `${sections.join('\n').trimEnd()}\n`;
}

async function help(command: readonly string[]): Promise<string> {
  const { stdout } = await runTestCli([...command, '--help']);
  return stdout.trim();
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\`\n`;
}

if (import.meta.main) writeFileSync(REFERENCE, await cliReference());
