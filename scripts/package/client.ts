// As a service that depends on the package writes it. scripts/package.ts runs it where the package is installed, and has it checked.
// The argument is the URL of an OpenK.
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { HealthStatus } from 'openk/gen/openk/common/v1/common_pb.js';
import { HealthService } from 'openk/gen/openk/health/v1/health_pb.js';

const client = createClient(HealthService, createGrpcTransport({ baseUrl: process.argv[2] ?? '' }));
await client.reportHealth({ component: 'nightly-backup', status: HealthStatus.HEALTHY });
const { health } = await client.getHealth({ component: 'nightly-backup' });
// Declarations that cannot be resolved would be `any`, which takes this.
// @ts-expect-error
const component: number | undefined = health?.component;
if (component !== undefined && health?.status === HealthStatus.HEALTHY) console.log('HEALTHY by gRPC');
