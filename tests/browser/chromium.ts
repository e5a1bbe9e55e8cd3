// The browser of these tests: Chromium of the machine, by playwright-core, which brings none of its own. Debian and Ubuntu
// have it as the package `chromium`; CHROMIUM names another.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Why there is no browser to test with; undefined where there is one. */
export const missingBrowser: string | undefined =
  findChromium() === undefined ? `needs a browser: apt-get install chromium, or name one in CHROMIUM` : undefined;

/** @param flags of Chromium, beside those that all tests need */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium()!,
    // As root, which CI often is, Chromium runs without a sandbox only. It sees nothing here but the port under test.
    chromiumSandbox: false,
    args: ['--disable-background-networking', '--disable-component-update', '--no-default-browser-check', ...flags],
  });
}

function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') return CHROMIUM;
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
