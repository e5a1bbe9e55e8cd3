// What a client is told of a request that breaks a rule of its .proto: what to write instead, in no validator's words.
import '../support/one-realm.ts';
import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import { expect, it } from '@jest/globals';
import { BadRequestSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ListComponentsRequestSchema, WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { createRequestCheck, createRequestValidator } from '../../src/services/assert-valid.ts';

const validator = createRequestValidator();
const ID = "must be a letter or digit, then up to 127 of letters, digits, '.', '_', '-'";
const STATUSES =
  'HEALTH_STATUS_HEALTHY, HEALTH_STATUS_DEGRADED, HEALTH_STATUS_UNHEALTHY, HEALTH_STATUS_UNKNOWN, HEALTH_STATUS_MAINTENANCE';

async function violations<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Promise<string[]> {
  try {
    await createRequestCheck(validator, schema)(message);
    return [];
  } catch (error) {
    const [details] = ConnectError.from(error).findDetails(BadRequestSchema);
    return (details?.fieldViolations ?? []).map(({ field, description }) => `${field}: ${description}`);
  }
}

it.each<[string, DescMessage, Record<string, unknown>, readonly string[]]>([
  ['nothing is wrong', ListComponentsRequestSchema, { pageSize: 10 }, []],
  ['a number', ListComponentsRequestSchema, { pageSize: 5000 }, ['page_size: must be from 0 to 1000']],
  ['no status', ListComponentsRequestSchema, { status: [0] }, [`status[0]: must be one of ${STATUSES}`]],
  [
    'a status that there is not',
    ListComponentsRequestSchema,
    { status: [77] },
    [`status[0]: must be one of ${STATUSES}`],
  ],
  [
    'an empty text',
    ListComponentsRequestSchema,
    { label: [''] },
    ['label[0]: must not be empty: write a text, or take it out'],
  ],
  [
    'a long text',
    ListComponentsRequestSchema,
    { pageToken: 'x'.repeat(2000) },
    ['page_token: must be at most 1024 characters'],
  ],
  [
    'too many entries',
    ListComponentsRequestSchema,
    { label: Array(65).fill('a') },
    ['label: must have at most 64 entries'],
  ],
  ['an id', WatchHealthRequestSchema, { components: ['not an id'] }, [`components[0]: ${ID}`]],
  [
    'an entry twice',
    WatchHealthRequestSchema,
    { components: ['a', 'a'] },
    ['components: has the same entry twice: take one of them out'],
  ],
])('%s', async (_what, schema, init, expected) => {
  expect(await violations(schema, create(schema, init))).toEqual(expected);
});
