// The SDK's OTLP exporters, by protocol. Loaded only where something is sent.
import type { ChannelCredentials } from '@grpc/grpc-js';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Protocol } from './environment.ts';

/** Beside what the variables say, which exporters read when they are made: where to, with which headers, certificates, time-outs. */
interface GrpcOptions {
  readonly credentials?: ChannelCredentials;
}

export interface Exporters {
  readonly traces: Readonly<Record<Protocol, (options: GrpcOptions) => SpanExporter>>;
  readonly metrics: Readonly<Record<Protocol, (options: GrpcOptions) => PushMetricExporter>>;
  readonly logs: Readonly<Record<Protocol, (options: GrpcOptions) => LogRecordExporter>>;
}

export const EXPORTERS: Exporters = {
  traces: {
    'http/protobuf': () => new ProtobufTraces(),
    'http/json': () => new JsonTraces(),
    grpc: (options) => new GrpcTraces(options),
  },
  metrics: {
    'http/protobuf': () => new ProtobufMetrics(),
    'http/json': () => new JsonMetrics(),
    grpc: (options) => new GrpcMetrics(options),
  },
  logs: {
    'http/protobuf': () => new ProtobufLogs(),
    'http/json': () => new JsonLogs(),
    grpc: (options) => new GrpcLogs(options),
  },
};
