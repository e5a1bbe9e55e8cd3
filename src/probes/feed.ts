// The probe kind `feed`: the status page of somebody else. The code is in feed-probe.ts, loaded by the first run.
import type { FeedProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { assertNoFaults } from './faults.ts';
import { onFirstRun } from './on-first-run.ts';
import type { ProbeKind } from './probe.ts';
import { checkSource, notInTime, sourceHost } from './source.ts';

export const feedProbe: ProbeKind<FeedProbe> = {
  kind: 'feed',
  host: ({ url }) => sourceHost(url),
  check: (options) => checkSource(options, 'url', options.url),
  create(options, context) {
    assertNoFaults('feed', checkSource(options, 'url', options.url));
    return onFirstRun(
      async () => (await import('./feed-probe.ts')).createFeedProbe(options, context),
      notInTime(options.url),
    );
  },
};
