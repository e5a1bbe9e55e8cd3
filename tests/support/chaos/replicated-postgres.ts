// A PostgreSQL that another one follows, each of whose commits is at both: where the first one is gone, the other takes its place.
import { type PostgresServer, startPostgres } from '../postgres.ts';

export interface ReplicatedPostgres {
  /** The one that is written to. */
  readonly primary: PostgresServer;
  /** The one that is written to is gone without a word, and the one that followed takes its place. */
  failOver(): Promise<void>;
  /** Another one follows from now on. */
  followAnew(): Promise<void>;
  dispose(): Promise<void>;
}

const FOLLOWER = 'follower';

export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  let primary = await startPostgres({ settings: 'max_connections = 80' });
  let follower: PostgresServer | undefined;
  const commitAt = async (names: string) => {
    await primary.query('postgres', `ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await primary.query('postgres', 'SELECT pg_reload_conf()');
  };
  const followAnew = async () => {
    follower = await primary.startStandby(FOLLOWER);
    await commitAt(FOLLOWER);
  };
  await followAnew();
  return {
    get primary() {
      return primary;
    },
    async failOver() {
      const before = primary;
      await before.stop('immediate');
      primary = follower!;
      follower = undefined;
      await primary.promote();
      await commitAt('');
      await before.dispose();
    },
    followAnew,
    async dispose() {
      await follower?.dispose();
      await primary.dispose();
    },
  };
}
