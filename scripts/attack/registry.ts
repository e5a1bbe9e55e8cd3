// All attacks by their names on the command line.
import type { Attack } from './attack.ts';
import { bombs, deepJson } from './bodies.ts';
import { connectionErrors } from './connection-errors.ts';
import { continuationFlood, pingFlood, rapidReset, settingsFlood } from './frame-floods.ts';
import { halfTls } from './half-tls.ts';
import { hugeHeaders } from './huge-headers.ts';
import { descriptors, idleConnections } from './idle-connections.ts';
import { pipelining, zeroWindows } from './non-readers.ts';
import { slowBodiesHttp1, slowBodiesHttp2 } from './slow-bodies.ts';
import { slowHeaders } from './slow-headers.ts';
import { reportStorm, scrapeStorm } from './storms.ts';

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'connection-errors': connectionErrors,
  'slow-headers': slowHeaders,
  'slow-bodies-http1': slowBodiesHttp1,
  'slow-bodies-http2': slowBodiesHttp2,
  'ping-flood': pingFlood,
  'settings-flood': settingsFlood,
  'continuation-flood': continuationFlood,
  'rapid-reset': rapidReset,
  'zero-windows': zeroWindows,
  pipelining,
  'idle-connections': idleConnections,
  bombs,
  'deep-json': deepJson,
  'scrape-storm': scrapeStorm,
  'report-storm': reportStorm,
  'huge-headers': hugeHeaders,
  'half-tls': halfTls,
  descriptors,
};
