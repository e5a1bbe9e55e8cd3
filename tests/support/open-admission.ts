// Admission for servers of tests about other things: everybody may do everything, of any service.
import { createAnonymous } from '../../src/auth/principal.ts';
import { createAdmission } from '../../src/transport/admission.ts';

export function createOpenAdmission() {
  const principal = createAnonymous({ allow: ['ADMIN'] });
  return createAdmission(
    () => ({ ok: true, principal }),
    () => 'OPEN',
  );
}
