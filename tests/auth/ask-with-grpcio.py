# Asks grpc.health.v1 with credentials of each call, as services in Python do. Arguments: address, CA file, key, component.
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

address, ca_file, key, component = sys.argv[1:]
with open(ca_file, "rb") as file:
    tls = grpc.ssl_channel_credentials(file.read())


def ask(credentials, service):
    with grpc.secure_channel(address, credentials) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=20)
            return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
        except grpc.RpcError as error:
            return error.code().name


def with_key(value):
    return grpc.composite_channel_credentials(tls, grpc.access_token_call_credentials(value))


print(ask(tls, ""), ask(tls, component), ask(with_key(key), component), ask(with_key("wrong"), component))
