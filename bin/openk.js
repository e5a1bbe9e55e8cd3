#!/usr/bin/env node
// From a checkout it runs the sources, from the package what was built (Node strips no types under node_modules).
import { existsSync } from 'node:fs';

const source = new URL('../src/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/src/main.js', import.meta.url).href);
