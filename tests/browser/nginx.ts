// nginx in front of OpenK: with its defaults, or with a cache.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { freePort } from './page.ts';

export const hasNginx = isOnPath('nginx');

/** @param keeps whether it keeps answers as their Cache-Control says, and says in `x-cache` where each is from */
export async function startNginx(target: string, keeps = false) {
  const files = createTemporaryFiles();
  const port = await freePort();
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${files.path(name)};`,
  );
  const cache = keeps ? `proxy_cache kept; add_header x-cache $upstream_cache_status always;` : '';
  if (keeps) folders.push(`proxy_cache_path ${files.path('kept')} keys_zone=kept:1m inactive=1d;`);
  const config = files.write(
    'nginx.conf',
    // Started by root, its workers would be somebody who may not write into these folders.
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${files.path('pid')}; error_log stderr; events {}
http { access_log off; ${folders.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; ${cache} } } }\n`,
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
