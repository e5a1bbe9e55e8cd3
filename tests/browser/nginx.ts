// nginx as it is without a word about proxying beside where to.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { freePort } from './page.ts';

export const hasNginx = isOnPath('nginx');

export async function startNginx(target: string) {
  const files = createTemporaryFiles();
  const port = await freePort();
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${files.path(name)};`,
  );
  const config = files.write(
    'nginx.conf',
    `daemon off; pid ${files.path('pid')}; error_log stderr; events {}
http { access_log off; ${folders.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; } } }\n`,
  );
  const nginx = spawn('nginx', ['-e', 'stderr', '-c', config], { stdio: 'ignore' });
  const exited = once(nginx, 'exit');
  const address = `http://127.0.0.1:${port}`;
  while ((await fetch(`${address}/livez`).catch(() => undefined)) === undefined) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    await setTimeout(20);
  }
  return {
    address,
    async close() {
      nginx.kill('SIGTERM');
      await exited;
      files.remove();
    },
  };
}

function isOnPath(program: string): boolean {
  try {
    execFileSync('bash', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
