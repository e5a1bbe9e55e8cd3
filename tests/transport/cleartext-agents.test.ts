// What agents learn is secret: it goes over TLS or the loopback, or where the configuration says that it may go otherwise.
import { expect, it } from '@jest/globals';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { createPrincipal } from '../../src/auth/principal.ts';
import { hasReason } from '../../src/errors/to-connect.ts';
import { createAdmission } from '../../src/transport/admission.ts';

const admin = createPrincipal('key:agent', { allow: ['ADMIN'] });

it.each([
  ['another machine, in cleartext', { remoteAddress: '192.0.2.7' }, false, true],
  ['another machine, in cleartext, over IPv6', { remoteAddress: '2001:db8::7' }, false, true],
  ['another machine, where that may be', { remoteAddress: '192.0.2.7' }, true, false],
  ['another machine, over TLS', { remoteAddress: '192.0.2.7', encrypted: true }, false, false],
  ['the same machine', { remoteAddress: '127.0.0.1' }, false, false],
  ['the same machine, over IPv6', { remoteAddress: '::1' }, false, false],
  ['the same machine, by a socket of both families', { remoteAddress: '::ffff:127.0.0.1' }, false, false],
  ['a connection that is gone', undefined, false, true],
])('from %s', async (_, socket, allowsCleartext, isRefused) => {
  const admission = createAdmission(() => ({ ok: true, principal: admin }), undefined, undefined, allowsCleartext);
  const shown = { headers: {}, socket, peer: socket?.remoteAddress };
  for (const method of AgentService.methods) {
    admission.know(method);
    const { refused } = await admission.admitCall(method, shown);
    expect(refused !== undefined && hasReason(refused, 'CLEARTEXT_REFUSED')).toBe(isRefused);
  }
  admission.know(HealthService.method.getHealth);
  expect((await admission.admitCall(HealthService.method.getHealth, shown)).refused).toBeUndefined();
});
