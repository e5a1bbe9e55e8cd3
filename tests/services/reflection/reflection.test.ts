// Server reflection over the real port, in both versions, as grpcurl and its like ask.
import '../../support/one-realm.ts';
import { createFileRegistry, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflection as ServerReflectionV1,
} from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionV1Alpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;
type Answer = ServerReflectionResponse['messageResponse'];

const SERVICES = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'openk.agent.v1.AgentService',
  'openk.alerts.v1.AlertService',
  'openk.audit.v1.AuditService',
  'openk.health.v1.HealthService',
  'openk.maintenance.v1.MaintenanceService',
  'openk.status.v1.StatusPageService',
];

let openk: RunningOpenk;
let session: Http2SessionManager;

beforeAll(async () => {
  openk = await runOpenk('components: []');
  session = new Http2SessionManager(openk.address);
});

afterAll(async () => {
  session.abort();
  await openk.close();
});

describe.each([
  { version: 'v1', service: ServerReflectionV1 },
  { version: 'v1alpha', service: ServerReflectionV1Alpha },
])('reflection $version', ({ service }) => {
  const askAll = async (questions: readonly Question[]) => {
    const transport = createGrpcTransport({ baseUrl: openk.address, sessionManager: session });
    const client = createClient(service as typeof ServerReflectionV1, transport);
    const requests = async function* () {
      for (const messageRequest of questions) yield { host: 'here', messageRequest };
    };
    const responses: ServerReflectionResponse[] = [];
    for await (const response of client.serverReflectionInfo(requests())) responses.push(response);
    return responses;
  };
  const ask = async (question: Question): Promise<Answer> => (await askAll([question]))[0]!.messageResponse;
  const filesOf = (answer: Answer) => {
    if (answer.case !== 'fileDescriptorResponse') throw new Error(`no files: ${JSON.stringify(answer)}`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  };

  it('lists what is mounted, itself included', async () => {
    const answer = await ask({ case: 'listServices', value: '*' });
    expect(answer.case).toBe('listServicesResponse');
    const { service: listed } = answer.value as { service: { name: string }[] };
    expect(listed.map(({ name }) => name)).toEqual(SERVICES);
  });

  it.each(SERVICES)('gives the file of %s with everything that it imports', async (name) => {
    const files = filesOf(await ask({ case: 'fileContainingSymbol', value: name }));
    const registry = createFileRegistry({
      $typeName: FileDescriptorSetSchema.typeName,
      file: files.toReversed(),
    });
    expect(registry.getService(name)).toBeDefined();
    expect(files[0]!.service.map((each) => `${files[0]!.package}.${each.name}`)).toContain(name);
  });

  it.each([
    ['a method', 'openk.health.v1.HealthService.GetHealth', 'openk/health/v1/health.proto'],
    ['a message', 'openk.health.v1.ComponentHealth', 'openk/health/v1/health.proto'],
    ['a field', 'openk.health.v1.ComponentHealth.since', 'openk/health/v1/health.proto'],
    ['a oneof', 'openk.health.v1.WatchHealthResponse.event', 'openk/health/v1/health.proto'],
    ['a nested enum', 'openk.health.v1.CauseStep.Relation', 'openk/health/v1/health.proto'],
    ['a value of a nested enum', 'openk.health.v1.CauseStep.RELATION_MEMBER', 'openk/health/v1/health.proto'],
    ['an enum of an import', 'openk.common.v1.HealthStatus', 'openk/common/v1/common.proto'],
    ['a value of it', 'openk.common.v1.HEALTH_STATUS_HEALTHY', 'openk/common/v1/common.proto'],
    ['an extension', 'google.api.http', 'google/api/annotations.proto'],
    ['a detail of errors, which no method names', 'google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
    ['a type that comes with protobuf', 'google.protobuf.Timestamp', 'google/protobuf/timestamp.proto'],
  ])('finds %s', async (_what, symbol, file) => {
    expect(filesOf(await ask({ case: 'fileContainingSymbol', value: symbol }))[0]!.name).toBe(file);
  });

  it('gives a file by its name, as it was compiled', async () => {
    const [file, ...imports] = filesOf(await ask({ case: 'fileByFilename', value: 'openk/health/v1/health.proto' }));
    expect(file!.dependency).toContain('google/api/annotations.proto');
    const names = imports.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...file!.dependency, 'google/protobuf/descriptor.proto']));
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds extensions by message and number', async () => {
    const extendee = 'google.protobuf.MethodOptions';
    const numbers = await ask({ case: 'allExtensionNumbersOfType', value: extendee });
    expect(numbers).toMatchObject({
      case: 'allExtensionNumbersResponse',
      value: { baseTypeName: extendee, extensionNumber: [72_295_728] },
    });
    const question = { containingType: extendee, extensionNumber: 72_295_728 };
    const [file] = filesOf(await ask({ case: 'fileContainingExtension', value: question }));
    expect(file!.name).toBe('google/api/annotations.proto');
  });

  it('has no extension numbers for a message without extensions', async () => {
    const answer = await ask({ case: 'allExtensionNumbersOfType', value: 'openk.health.v1.Reason' });
    expect(answer.value).toMatchObject({ extensionNumber: [] });
  });

  it.each<[string, Question]>([
    ['file', { case: 'fileByFilename', value: 'no.proto' }],
    ['symbol', { case: 'fileContainingSymbol', value: 'no.Such' }],
    ['symbol with a dot in front', { case: 'fileContainingSymbol', value: '.openk.health.v1.Reason' }],
    ['message', { case: 'allExtensionNumbersOfType', value: 'no.Such' }],
    [
      'extension',
      { case: 'fileContainingExtension', value: { containingType: 'openk.health.v1.Reason', extensionNumber: 5 } },
    ],
  ])('says NOT_FOUND for an unknown %s, and the stream goes on', async (_what, question) => {
    const [failed, next] = await askAll([question, { case: 'listServices', value: '' }]);
    expect(failed!.messageResponse).toMatchObject({ case: 'errorResponse', value: { errorCode: Code.NotFound } });
    expect(next!.messageResponse.case).toBe('listServicesResponse');
  });

  it('says INVALID_ARGUMENT when nothing is asked, and repeats the request', async () => {
    const [response] = await askAll([{ case: undefined }]);
    expect(response!.messageResponse).toMatchObject({ value: { errorCode: Code.InvalidArgument } });
    expect(response).toMatchObject({ validHost: 'here', originalRequest: { host: 'here' } });
  });
});

it('is not there when the configuration says so', async () => {
  const closed = await runOpenk('server: { reflection: false }\ncomponents: []');
  const response = await fetch(`${closed.address}/grpc.reflection.v1.ServerReflection/ServerReflectionInfo`, {
    method: 'POST',
    headers: { 'content-type': 'application/connect+json' },
  });
  await response.text();
  await closed.close();
  expect(response.status).toBe(404);
});
