// What Node has compiled, kept on disk, so that the next start need not compile it again: 40 % of its CPU time (ADR 55).
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keeps it in a folder of the user's own, and nowhere where there is none: what is read from there is run, and the folder of
 * temporary files, which is Node's default, may be prepared by others. NODE_COMPILE_CACHE names another, and
 * NODE_DISABLE_COMPILE_CACHE turns it off. A folder that cannot be written is as none.
 */
export function openCompileCache(env: NodeJS.ProcessEnv): void {
  const folder = cacheFolder(env);
  if (folder !== undefined) enableCompileCache(folder);
}

/** As systemd (CacheDirectory=) or the XDG Base Directory Specification says. */
function cacheFolder({ CACHE_DIRECTORY, XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): string | undefined {
  if (CACHE_DIRECTORY) return CACHE_DIRECTORY.split(':')[0];
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'openk');
  return HOME ? join(HOME, '.cache', 'openk') : undefined;
}
