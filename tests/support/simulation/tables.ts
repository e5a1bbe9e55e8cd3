// The tables of src/store/postgres/schema.ts, as they are when nothing was written yet.
import { SCHEMA_VERSION } from '../../../src/store/postgres/schema.ts';
import type { Row } from './sql/evaluate.ts';

export interface Table {
  readonly columns: readonly string[];
  /** Columns that no two rows have the same of. */
  readonly key: readonly string[];
}

const BUCKETS: Table = { columns: ['component_group', 'bucket', 'bytes'], key: ['component_group', 'bucket'] };

export const TABLES: Readonly<Record<string, Table>> = {
  writer: {
    columns: [
      'only_row',
      'holder',
      'epoch',
      'expires_at',
      'batch',
      'revision',
      'forgotten_revision',
      'hours_from',
      'days_from',
      'component_key',
      'audit_number',
      'delivery_number',
      'changes_from',
      'usable_from',
    ],
    key: ['only_row'],
  },
  component: { columns: ['key', 'id', 'state', 'removed_revision'], key: ['key'] },
  running: { columns: ['number', 'from_ms', 'until_ms', 'after_record'], key: ['number'] },
  incarnation: { columns: ['start_revision', 'kept_revision'], key: ['start_revision'] },
  transition: {
    columns: [
      'revision',
      'component',
      'at_ms',
      'from_status',
      'to_status',
      'reason_code',
      'reason_message',
      'caused_by',
    ],
    key: ['revision'],
  },
  journal: {
    columns: ['number', 'from_ms', 'until_ms', 'after_record', 'until_record', 'revision', 'observations'],
    key: ['number'],
  },
  observation: BUCKETS,
  five_minutes: BUCKETS,
  hours: BUCKETS,
  days: BUCKETS,
  change: { columns: ['batch', 'components', 'alerts', 'suspensions', 'incidents'], key: ['batch'] },
  alert: { columns: ['id', 'component', 'route', 'resolved_ms', 'state'], key: ['id'] },
  delivery: {
    columns: [
      'number',
      'id',
      'alert',
      'channel',
      'state',
      'attempts',
      'may_have_arrived',
      'created_ms',
      'next_attempt_ms',
      'settled_ms',
      'error',
      'handle',
      'message',
    ],
    key: ['number'],
  },
  suspension: { columns: ['id', 'created_ms', 'until_ms', 'state'], key: ['id'] },
  incident: { columns: ['id', 'updated_ms', 'is_over', 'state'], key: ['id'] },
  instance: { columns: ['id', 'knows', 'seen_at'], key: ['id'] },
  migration: { columns: ['version'], key: ['version'] },
  pg_tables: { columns: ['schemaname', 'tablename'], key: ['tablename'] },
};

export const FIRST_ROWS: Readonly<Record<string, readonly Row[]>> = {
  writer: [
    {
      only_row: 1,
      holder: '',
      epoch: 0,
      expires_at: Number.NEGATIVE_INFINITY,
      batch: 0,
      revision: 0,
      forgotten_revision: 0,
      hours_from: 0,
      days_from: 0,
      component_key: 0,
      audit_number: 0,
      delivery_number: 0,
      changes_from: 0,
      usable_from: SCHEMA_VERSION,
    },
  ],
  migration: Array.from({ length: SCHEMA_VERSION }, (_, at) => ({ version: at + 1 })),
  pg_tables: [{ schemaname: 'openk', tablename: 'migration' }],
};
