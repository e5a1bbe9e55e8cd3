// `instance` of the configuration, beside others.
import type { Config } from '../../../gen/openk/config/v1/config_pb.ts';
import { isSecureUrl } from '../../core/secure-url.ts';
import type { PathFault } from '../fault.ts';

/** What is probed goes to other instances with all secrets: `Work` would refuse them. */
export function checkInstance({ instance, agents }: Config): readonly PathFault[] {
  const { advertise = '', tls } = instance ?? {};
  const faults: PathFault[] = [];
  if (/^http:/i.test(advertise) && !isSecureUrl(advertise) && agents?.allowCleartext !== true) {
    const message =
      'sends secrets of probes in cleartext: make it https://, or say agents: { allow_cleartext: true } where the network itself encrypts';
    faults.push({ path: ['instance', 'advertise'], message });
  }
  if (tls !== undefined && !/^https:/i.test(advertise)) {
    faults.push({ path: ['instance', 'tls'], message: 'belongs to an https:// address in advertise' });
  }
  return faults;
}
