// Server reflection (github.com/grpc/grpc, doc/server-reflection.md). Its two versions differ in the name of their package
// alone, so that v1alpha is v1 with every message read from the bytes of the other.
import { create, type DescFile, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Code, type ConnectRouter, type ServiceImpl } from '@connectrpc/connect';
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
  ServerReflection as ServerReflectionV1,
} from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import {
  ServerReflectionRequestSchema as RequestV1AlphaSchema,
  ServerReflectionResponseSchema as ResponseV1AlphaSchema,
  ServerReflection as ServerReflectionV1Alpha,
} from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { createDescriptorIndex, type DescriptorIndex, type FileBytes } from './descriptor-index.ts';
import { untilEnded } from './until-ended.ts';

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/**
 * Mounts `routes`, and reflection about everything that they mount and about itself. No interceptor is around it: it
 * knows nothing that is not in the .proto files, and validates nothing.
 * @param detailTypes Files of the details of errors, which no method names.
 */
export function withReflection(
  routes: (router: ConnectRouter) => void,
  detailTypes: readonly DescFile[] = [],
): (router: ConnectRouter) => void {
  return (router) => {
    routes(router);
    const mounted = new Set(router.handlers.map(({ service }) => service));
    const index = createDescriptorIndex([...mounted, ServerReflectionV1, ServerReflectionV1Alpha], detailTypes);
    router.service(ServerReflectionV1, createReflectionV1(index));
    router.service(ServerReflectionV1Alpha, createReflectionV1Alpha(index));
  };
}

function createReflectionV1(index: DescriptorIndex): ServiceImpl<typeof ServerReflectionV1> {
  return {
    async *serverReflectionInfo(requests, { signal }) {
      for await (const request of untilEnded(requests, signal)) yield respond(index, request);
    },
  };
}

function createReflectionV1Alpha(index: DescriptorIndex): ServiceImpl<typeof ServerReflectionV1Alpha> {
  return {
    async *serverReflectionInfo(requests, { signal }) {
      for await (const request of untilEnded(requests, signal)) {
        const same = fromBinary(ServerReflectionRequestSchema, toBinary(RequestV1AlphaSchema, request));
        const response = respond(index, same);
        yield fromBinary(ResponseV1AlphaSchema, toBinary(ServerReflectionResponseSchema, response));
      }
    },
  };
}

function respond(index: DescriptorIndex, request: ServerReflectionRequest): ServerReflectionResponse {
  return create(ServerReflectionResponseSchema, {
    validHost: request.host,
    originalRequest: request,
    messageResponse: answer(index, request.messageRequest),
  });
}

function answer(index: DescriptorIndex, question: ServerReflectionRequest['messageRequest']): Answer {
  switch (question.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: index.services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return filesOr(index.fileByName(question.value), `there is no file "${question.value}"`);
    case 'fileContainingSymbol':
      return filesOr(index.fileOfSymbol(question.value), `there is no symbol "${question.value}"`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const fault = `there is no extension ${extensionNumber} of "${containingType}"`;
      return filesOr(index.fileOfExtension(containingType, extensionNumber), fault);
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = index.extensionNumbers(question.value);
      if (extensionNumber === undefined) return failure(Code.NotFound, `there is no message "${question.value}"`);
      return {
        case: 'allExtensionNumbersResponse',
        value: { baseTypeName: question.value, extensionNumber: [...extensionNumber] },
      };
    }
    case undefined:
      return failure(Code.InvalidArgument, 'the request asks for nothing: set one field of message_request');
  }
}

function filesOr(files: readonly FileBytes[] | undefined, fault: string): Answer {
  if (files === undefined) return failure(Code.NotFound, fault);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: [...files] } };
}

/** An answer like others: the stream goes on. */
function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}
