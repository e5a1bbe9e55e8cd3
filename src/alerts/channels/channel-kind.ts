// One row of the registry: how a kind of channel is checked and made.
import type { Channel } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { Connections } from './connections.ts';

/** What every channel is made with. */
export interface ChannelContext {
  readonly clock: Clock;
  readonly connections: Connections;
  /** `openk/VERSION` */
  readonly userAgent: string;
}

/** What a kind knows; all else is the same for each: `bound-attempts.ts`. */
export type Sender = Pick<Channel, 'send' | 'repeat'>;

/** `Options` is the kind's message of `openk.config.v1`. */
export interface ChannelKind<Options> {
  /** The key in the configuration. */
  readonly kind: string;
  /** What is wrong with options that are valid by their schema. Shows nothing that may be a secret. */
  readonly check: (options: Options) => readonly ChannelFault[];
  /** Opens nothing before the first message. @throws when `check` has faults. */
  readonly create: (options: Options, context: ChannelContext) => Sender;
}

/** What is wrong with one field of the options. */
export interface ChannelFault {
  /** Field names as in the .proto, from the options on: `['urls', 0]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
