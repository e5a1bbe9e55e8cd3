// Admission that has to be waited for, as that of a token whose keys must be fetched: the call is read meanwhile, and answered, or
// refused, when it is known.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAnonymous, createPrincipal, type Identity } from '../../src/auth/principal.ts';
import { createAdmission } from '../../src/transport/admission.ts';
import { eventually } from '../support/eventually.ts';
import { WIRE_CLIENT_KINDS, type WireClient } from '../support/wire-clients.ts';
import { ECHO } from '../support/wire-service.ts';
import { noCalls, noConnections, startServer, type TestServer } from './harness.ts';

const READER: Identity = { ok: true, principal: createPrincipal('key:reader', { allow: ['READ'] }) };
const NOBODY: Identity = { ok: true, principal: createAnonymous({ allow: [] }) };
const REPORTER: Identity = { ok: true, principal: createPrincipal('key:reporter', { allow: ['REPORT'] }) };
const WRONG: Identity = { ok: false, fault: 'invalid' };
const UNVERIFIABLE: Identity = { ok: false, fault: 'unverifiable' };

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let test: TestServer;
  let asked: PromiseWithResolvers<Identity>[] = [];
  beforeAll(async () => {
    const authenticate = () => {
      const pending = Promise.withResolvers<Identity>();
      asked.push(pending);
      return pending.promise;
    };
    test = await startServer('cleartext', { pipeline, admission: createAdmission(authenticate, () => 'READ') });
  });
  afterAll(() => test.server.close());

  describe.each(WIRE_CLIENT_KINDS)('$name', (kind) => {
    let client: WireClient;
    beforeAll(() => {
      client = kind.open(test.url, test.ca);
    });
    afterAll(async () => {
      await client.close();
      await noCalls(test);
      await noConnections(test);
    });

    const settleWith = async (identity: Identity) => {
      await eventually(() => asked.length > 0);
      for (const pending of asked) pending.resolve(identity);
      asked = [];
    };

    it.each<[string, Identity, object]>([
      ['somebody who may', READER, { code: 'OK', messages: [ECHO] }],
      ['nobody', NOBODY, { code: 'Unauthenticated', reason: 'CREDENTIALS_MISSING' }],
      ['somebody who may not', REPORTER, { code: 'PermissionDenied', reason: 'SCOPE_MISSING' }],
      ['a wrong credential', WRONG, { code: 'Unauthenticated', reason: 'CREDENTIALS_INVALID' }],
      ['what cannot be found out', UNVERIFIABLE, { code: 'Unavailable', reason: 'CREDENTIALS_UNVERIFIABLE' }],
    ])('a call of %s', async (_name, identity, result) => {
      const call = client.unary(ECHO);
      await settleWith(identity);
      expect(await call).toMatchObject(result);
    });

    it('a stream of somebody who may, and of nobody', async () => {
      const admitted = client.stream(ECHO);
      await settleWith(READER);
      expect(await admitted).toMatchObject({ code: 'OK', messages: ['1', '2', '3'] });
      const refused = client.stream(ECHO);
      await settleWith(NOBODY);
      expect(await refused).toMatchObject({ code: 'Unauthenticated', messages: [] });
    });

    it('a caller who goes away before it is known', async () => {
      const controller = new AbortController();
      const call = client.unary(ECHO, { signal: controller.signal });
      await eventually(() => asked.length > 0);
      controller.abort();
      expect(await call).toMatchObject({ code: 'Canceled' });
      await settleWith(READER);
      await noCalls(test);
    });
  });
});
