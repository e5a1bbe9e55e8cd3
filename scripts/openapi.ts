// Makes the OpenAPI document from the .proto files and their comments: docs/openapi.yaml for people, and
// src/pages/openapi/openapi-document.ts, which the server answers from. `--check` writes nothing and fails when one of them is stale.
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { createDocument } from './openapi/document.ts';
import { EXAMPLES } from './openapi/examples.ts';
import { PLAIN_PATHS, PLAIN_SCHEMAS, PLAIN_TAG } from './openapi/plain-paths.ts';
import { readImage } from './proto/image.ts';
import { type MadePage, writeOrCheck } from './proto/page.ts';
import { SERVICES } from './proto/services.ts';

const ROOT = `${import.meta.dirname}/..`;
const COMMAND = 'npm run generate';
const MADE = `Made by \`${COMMAND}\` from the .proto files. Do not edit.`;

export function renderOpenapi(): readonly MadePage[] {
  const { version, description } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  const image = readImage();
  const services = SERVICES.map((name) => image.getService(name)!);
  const made = createDocument({
    info: {
      title: 'OpenK',
      version,
      description: `${description}. The same methods answer gRPC, gRPC-Web and Connect on the same port.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    services,
    examples: EXAMPLES,
    tags: [PLAIN_TAG],
    paths: PLAIN_PATHS,
    schemas: PLAIN_SCHEMAS,
  });
  // As readers of either file get it: without what is not set.
  const json = JSON.stringify(made, undefined, 2);
  const document = JSON.parse(json);
  return [
    {
      path: `${ROOT}/docs/openapi.yaml`,
      text: `# ${MADE}\n${stringify(document, { aliasDuplicateObjects: false, lineWidth: 120, version: '1.1' })}`,
    },
    {
      path: `${ROOT}/src/pages/openapi/openapi-document.ts`,
      text: `// ${MADE}\n\n/** The OpenAPI document of the REST API. */\nexport const openapiDocument: object = ${json};\n`,
    },
  ];
}

if (import.meta.main) writeOrCheck(renderOpenapi(), COMMAND);
