// What `openk watch` asks of a way to show the stream. Stands alone so that the views do not know the command.
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';

/** One way to show the stream. Each promise settles when the reader took what was written, or is gone. */
export interface WatchView {
  show(response: WatchHealthResponse): Promise<void>;
  /** There is no connection at present; the next try is in `retryInMs`. */
  lost(why: string, retryInMs: number): Promise<void>;
  /** Leaves the terminal as it was. */
  close(): Promise<void>;
}
