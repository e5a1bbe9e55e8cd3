// Statuses as ProtoJSON has them.
import { STATUSES, type Status } from '../feed/messages.ts';

const PREFIX = 'HEALTH_STATUS_';

export function readStatus(json: string | undefined): Status {
  return STATUSES.find((status) => json === `${PREFIX}${status}`) ?? 'UNKNOWN';
}
