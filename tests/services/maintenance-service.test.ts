import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { CreateSilenceRequestSchema } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { createAlertWorld } from './support/alert-world.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);

const silence = (more: MessageInitShape<typeof CreateSilenceRequestSchema> = {}) =>
  create(CreateSilenceRequestSchema, {
    selector: 'team=shop',
    reason: 'moving',
    duration: durationFromMs(HOUR_MS),
    ...more,
  });
/** An end in place of a duration. */
const until = (ms: number, more: MessageInitShape<typeof CreateSilenceRequestSchema> = {}) => {
  const { duration: _, ...rest } = silence(more);
  return create(CreateSilenceRequestSchema, { ...rest, end: timestampFromMs(ms) });
};

describe.each(['SILENCE', 'MAINTENANCE'] as const)('%s', (kind) => {
  const methods = ({ maintenance }: ReturnType<ReturnType<typeof createAlertWorld>['as']>) => ({
    async begin(request: ReturnType<typeof silence>) {
      return kind === 'SILENCE'
        ? (await maintenance.createSilence(request)).silence!
        : (await maintenance.createMaintenance({ ...request, $typeName: undefined } as never)).maintenance!;
    },
    async end(id: string) {
      return kind === 'SILENCE'
        ? (await maintenance.endSilence({ id })).silence!
        : (await maintenance.endMaintenance({ id })).maintenance!;
    },
    async list(request: { active?: boolean; pageSize?: number; pageToken?: string } = {}) {
      if (kind === 'SILENCE') {
        const { silences, nextPageToken } = await maintenance.listSilences(request);
        return { all: silences, nextPageToken };
      }
      const { maintenance: all, nextPageToken } = await maintenance.listMaintenance(request);
      return { all, nextPageToken };
    },
  });

  it('begins now for as long as is said, is listed, ends before its time, and is in the audit log', async () => {
    const world = createAlertWorld();
    const { begin, end, list } = methods(world.as(['OPERATE', 'READ']));
    const made = await begin(silence());
    expect(made).toMatchObject({ selector: 'team=shop', author: 'key:all', reason: 'moving', endedBy: '' });
    expect([made.start, made.end].map((time) => timestampMs(time!))).toEqual([START_MS, START_MS + HOUR_MS]);
    expect(world.suspensions).toMatchObject([{ kind, fromMs: START_MS, untilMs: START_MS + HOUR_MS }]);
    expect((await list({ active: true })).all).toMatchObject([{ id: made.id }]);
    await world.clock.advance(1_000);
    expect(await end(made.id)).toMatchObject({ endedBy: 'key:all' });
    expect((await list({ active: true })).all).toEqual([]);
    expect((await list()).all).toHaveLength(1);
    expect(details(await failure(end(made.id)))).toMatchObject({ code: Code.NotFound, reason: 'SUSPENSION_NOT_FOUND' });
    expect(world.audit).toMatchObject([
      {
        action: `CREATE_${kind}`,
        principal: 'key:all',
        detail: `${made.id} of team=shop from 2026-01-01T00:00:00.000Z to 2026-01-01T01:00:00.000Z: moving`,
      },
      { action: `END_${kind}`, detail: `${made.id} of team=shop` },
    ]);
  });

  it('is no other kind', async () => {
    const world = createAlertWorld();
    const { begin, list } = methods(world.as(['OPERATE', 'READ']));
    const made = await begin(silence());
    world.suspensions[0] = { ...world.suspensions[0]!, kind: kind === 'SILENCE' ? 'MAINTENANCE' : 'SILENCE' };
    expect((await list()).all).toEqual([]);
    expect(details(await failure(methods(world.as(['OPERATE'])).end(made.id))).reason).toBe('SUSPENSION_NOT_FOUND');
  });

  it.each([
    ['selector', silence({ selector: 'no selector' })],
    ['selector', silence({ selector: '' })],
    ['reason', silence({ reason: '' })],
    ['end', create(CreateSilenceRequestSchema, { selector: 'team=shop', reason: 'moving' })],
    ['end', until(START_MS)],
    ['end', until(START_MS + HOUR_MS, { start: timestampFromMs(START_MS + HOUR_MS) })],
    ['end', until(START_MS + 367 * 24 * HOUR_MS)],
    ['duration', silence({ duration: durationFromMs(0) })],
    ['duration', silence({ duration: durationFromMs(367 * 24 * HOUR_MS) })],
  ])('refuses a request for its %s', async (field, request) => {
    const { begin } = methods(createAlertWorld().as(['OPERATE']));
    expect(details(await failure(begin(request)))).toMatchObject({ reason: 'INVALID_REQUEST', fields: [field] });
  });

  it('takes a start that is over for now, and one to come as it is', async () => {
    const world = createAlertWorld();
    const { begin, list } = methods(world.as(['OPERATE', 'READ']));
    const over = await begin(until(START_MS + HOUR_MS, { start: timestampFromMs(START_MS - 1) }));
    expect(timestampMs(over.start!)).toBe(START_MS);
    const later = await begin(silence({ start: timestampFromMs(START_MS + HOUR_MS) }));
    expect([later.start, later.end].map((time) => timestampMs(time!))).toEqual([
      START_MS + HOUR_MS,
      START_MS + 2 * HOUR_MS,
    ]);
    expect((await list({ active: true })).all).toHaveLength(1);
  });

  it('of a duration and an end takes the earlier', async () => {
    const { begin } = methods(createAlertWorld().as(['OPERATE']));
    for (const [end, expected] of [
      [START_MS + HOUR_MS / 2, HOUR_MS / 2],
      [Date.UTC(2099, 0, 1), HOUR_MS],
    ] as const) {
      expect(timestampMs((await begin(silence({ end: timestampFromMs(end) }))).end!)).toBe(START_MS + expected);
    }
  });

  it('pages, the newest first', async () => {
    const world = createAlertWorld();
    const { begin, list } = methods(world.as(['OPERATE', 'READ']));
    const made: string[] = [];
    for (let n = 0; n < 3; n++) {
      made.unshift((await begin(silence())).id);
      await world.clock.advance(1);
    }
    const first = await list({ pageSize: 2 });
    const second = await list({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.all, ...second.all].map(({ id }) => id)).toEqual(made);
    expect(second.nextPageToken).toBe('');
    expect(details(await failure(list({ active: true, pageToken: first.nextPageToken }))).reason).toBe(
      'INVALID_PAGE_TOKEN',
    );
  });

  it('is limited in number', async () => {
    const world = createAlertWorld();
    const { begin } = methods(world.as(['OPERATE']));
    const one = await begin(silence());
    for (let n = 1; n < 1_000; n++) world.suspensions.push({ ...world.suspensions[0]!, id: `${one.id}-${n}` });
    expect(details(await failure(begin(silence())))).toMatchObject({
      code: Code.ResourceExhausted,
      reason: 'TOO_MANY_SUSPENSIONS',
    });
    await world.clock.advance(HOUR_MS);
    await begin(silence());
  });

  it('counts while the store fails, and says that it is not kept', async () => {
    const world = createAlertWorld();
    world.fails = true;
    const { begin, end, list } = methods(world.as(['OPERATE', 'READ']));
    expect(details(await failure(begin(silence())))).toMatchObject({
      code: Code.Unavailable,
      reason: 'CHANGE_NOT_KEPT',
    });
    const [made] = (await list({ active: true })).all;
    expect(details(await failure(end(made!.id))).reason).toBe('CHANGE_NOT_KEPT');
    expect((await list({ active: true })).all).toEqual([]);
  });

  it('exists for somebody who sees a part where it takes nothing else', async () => {
    const world = createAlertWorld();
    const all = methods(world.as(['OPERATE', 'READ']));
    const part = methods(world.as(['OPERATE', 'READ'], 'team=shop,tier!=test', 'id=shop-*'));
    const hidden = await all.begin(silence({ selector: 'team=shop' }));
    const seen = await all.begin(silence({ selector: 'id=shop-a*,team=data' }));
    expect((await part.list()).all.map(({ id }) => id)).toEqual([seen.id]);
    expect(details(await failure(part.end(hidden.id))).reason).toBe('SUSPENSION_NOT_FOUND');
    for (const selector of ['team=shop', 'id=*', 'team!=data', 'id=shop']) {
      expect(details(await failure(part.begin(silence({ selector }))))).toMatchObject({
        code: Code.PermissionDenied,
        reason: 'SELECTOR_TOO_WIDE',
      });
    }
    const own = await part.begin(silence({ selector: 'team=shop,tier=gold' }));
    expect(await part.end(own.id)).toMatchObject({ endedBy: 'key:some' });
    expect(await part.end(seen.id)).toMatchObject({ author: 'key:all' });
  });

  it('names no authors to whoever only reads', async () => {
    const world = createAlertWorld();
    const { end } = methods(world.as(['OPERATE']));
    const { id } = await methods(world.as(['OPERATE'])).begin(silence());
    await end(id);
    const [read] = (await methods(world.as(['READ'])).list()).all;
    expect(read).toMatchObject({ author: '', endedBy: '', reason: 'moving' });
    const [explained] = (await methods(world.as(['EXPLAIN'])).list()).all;
    expect(explained).toMatchObject({ author: 'key:all', endedBy: 'key:all' });
  });
});
