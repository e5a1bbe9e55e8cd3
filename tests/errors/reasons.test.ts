// The catalogue is all that there is: every error of the product is asked of it by its name, and every entry is asked for.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CATALOGUE } from '../../src/errors/catalogue.ts';

const ROOT = join(import.meta.dirname, '../../src');
const sources = globSync('**/*.ts', { cwd: ROOT }).map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}));
const used = new Set(
  sources.flatMap(({ text }) => [...text.matchAll(/\brefusal\(\s*'([A-Z_]+)'/g)].map((match) => match[1])),
);

describe('reasons', () => {
  it('all are in the catalogue, and all of the catalogue are used', () => {
    expect([...used].sort()).toEqual(Object.keys(ERROR_CATALOGUE).sort());
  });

  it('each is written where its name stands: none is passed on', () => {
    const passedOn = sources.filter(
      ({ path, text }) => path !== 'errors/to-connect.ts' && /\brefusal\(\s*[^'\s]/.test(text),
    );
    expect(passedOn.map(({ path }) => path)).toEqual([]);
  });

  it('nobody else makes an ErrorInfo', () => {
    const makers = sources.filter(({ text }) =>
      /desc: ErrorInfoSchema|create\(ErrorInfoSchema|type\.googleapis\.com\/google\.rpc\.ErrorInfo/.test(text),
    );
    // The OpenAPI document shows some.
    const others = makers.filter(({ path }) => path !== 'pages/openapi/openapi-document.ts');
    expect(others.map(({ path }) => path)).toEqual(['errors/to-connect.ts']);
  });
});
