// Admission for servers of tests about other things: everybody may do everything, of any service.
import { createAnonymous } from '../../src/auth/principal.ts';
import type { ShownReader } from '../../src/pages/register-pages.ts';
import { createAdmission } from '../../src/transport/admission.ts';

/** What pages show where there is nothing to show. */
export const NO_COMPONENTS: ShownReader = {
  rootId: 'system',
  revision: 0,
  ids: () => [],
  redefinedSince: () => [],
  health: () => undefined,
  definition: () => undefined,
  structureRevision: 0,
  parents: () => [],
  memberIds: () => [],
  slo: () => undefined,
};

export function createOpenAdmission() {
  const principal = createAnonymous({ allow: ['ADMIN'] });
  return createAdmission(
    () => ({ ok: true, principal }),
    () => 'ADMIN',
  );
}
