// What is started where a test runs OpenK as a process of its own: the sources, or what OPENK_TEST_PROGRAM names. What is bundled
// (`npm run build:program`) starts in half of the time.
import { join } from 'node:path';

export const SOURCES = join(import.meta.dirname, '../../src/main.ts');

export const MAIN = process.env.OPENK_TEST_PROGRAM ?? SOURCES;
