// The kinds of channels there are. A kind is its message in config.proto, its file, and its line in the table here.
import { type DescMessage, isMessage, type MessageShape } from '@bufbuild/protobuf';
import {
  type AlertChannel,
  AlertmanagerChannelSchema,
  DiscordChannelSchema,
  EmailChannelSchema,
  MatrixChannelSchema,
  NtfyChannelSchema,
  PagerdutyChannelSchema,
  SlackChannelSchema,
  TeamsChannelSchema,
  TelegramChannelSchema,
  WebhookChannelSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { Channel, ChannelDefinition } from '../../core/alert.ts';
import { alertmanager } from './alertmanager.ts';
import { boundAttempts } from './bound-attempts.ts';
import type { ChannelContext, ChannelFault, ChannelKind, Sender } from './channel-kind.ts';
import { discord } from './discord.ts';
import { email } from './email.ts';
import { matrix } from './matrix.ts';
import { ntfy } from './ntfy.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';

/** A key in the configuration that stands for a channel. */
export type ChannelKindName = Exclude<AlertChannel['kind']['case'], undefined>;

type OptionsOf<Name extends ChannelKindName> = Extract<AlertChannel['kind'], { case: Name }>['value'];

const KINDS: { readonly [Name in ChannelKindName]: Row<OptionsOf<Name>> } = {
  webhook: row(WebhookChannelSchema, webhook),
  slack: row(SlackChannelSchema, slack),
  pagerduty: row(PagerdutyChannelSchema, pagerduty),
  alertmanager: row(AlertmanagerChannelSchema, alertmanager),
  email: row(EmailChannelSchema, email),
  ntfy: row(NtfyChannelSchema, ntfy),
  discord: row(DiscordChannelSchema, discord),
  teams: row(TeamsChannelSchema, teams),
  telegram: row(TelegramChannelSchema, telegram),
  matrix: row(MatrixChannelSchema, matrix),
};

/** The keys of the channels, in the order of the documentation. */
export const channelKinds = Object.keys(KINDS) as readonly ChannelKindName[];

/**
 * What is wrong with options that are valid by their schema. Paths go on from the options: `['urls', 0]`.
 * @throws {TypeError} when there is no such kind, or `options` is not its message
 */
export function checkChannel(kind: string, options: unknown): readonly ChannelFault[] {
  return rowOf(kind).check(options);
}

/**
 * Opens nothing before the first message.
 * @throws {TypeError} as `checkChannel` does @throws {Error} when there are faults
 */
export function createChannel({ id, kind, timeoutMs, options }: ChannelDefinition, context: ChannelContext): Channel {
  const row = rowOf(kind);
  const faults = row.check(options);
  if (faults.length > 0) throw new Error(faults.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
  return boundAttempts(row.create(options, context), { id, kind, timeoutMs, clock: context.clock });
}

/** A kind that takes any options and checks that they are its message, so that all kinds fit in one table. */
interface AnyKind {
  readonly check: (options: unknown) => readonly ChannelFault[];
  readonly create: (options: unknown, context: ChannelContext) => Sender;
}

interface Row<Options> extends AnyKind {
  /** Ties the row to its key in the table: the options there are these. */
  readonly kind: ChannelKind<Options>;
}

function row<Desc extends DescMessage>(schema: Desc, kind: ChannelKind<MessageShape<Desc>>): Row<MessageShape<Desc>> {
  const own = (options: unknown) => {
    if (isMessage(options, schema)) return options;
    throw new TypeError(`the options of a channel of kind ${kind.kind} must be a message ${schema.typeName}`);
  };
  return {
    kind,
    check: (options) => kind.check(own(options)),
    create: (options, context) => kind.create(own(options), context),
  };
}

function rowOf(kind: string): AnyKind {
  const found = Object.hasOwn(KINDS, kind) ? KINDS[kind as ChannelKindName] : undefined;
  if (found !== undefined) return found;
  throw new TypeError(`there is no channel of kind ${kind}, only ${channelKinds.join(', ')}`);
}
