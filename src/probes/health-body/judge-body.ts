// Judges the answer of an HTTP probe that reads health bodies: from its status and its body to an outcome and a reason.
import { HttpProbe_HealthBody, HttpProbe_HealthBodySchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Observation, ObservedPart } from '../../core/observation.ts';
import { printable } from '../../core/printable.ts';
import type { Redactor } from '../../core/redactor.ts';
import { bodyText } from '../body-text.ts';
import type { HttpAnswer } from '../http-client.ts';
import { reason } from '../reason.ts';
import { type BodyReading, createBodyReader } from './read-health-body.ts';
import { bodyVerdict, CODES, eachPart, statusVerdict } from './verdict.ts';

/** The shape that a body must have, by the names of the tables, or AUTO; undefined: bodies are not read. */
export function healthBodyName(value: HttpProbe_HealthBody): string | undefined {
  return value === HttpProbe_HealthBody.UNSPECIFIED ? undefined : HttpProbe_HealthBodySchema.value[value]?.localName;
}

/** What is asked for where the user does not say: quoted parameters and a single type are refused by some. */
export const HEALTH_ACCEPT = 'application/json, */*;q=0.1';

/** Parts that are handed on: far more than become components. */
const MAX_OBSERVED = 1_000;
const MAX_NAME = 200;

/** How many parts say why in the evidence. */
const MAX_SAID = 3;
/** A look that is older is worth telling. */
const OLD_LOOK_MS = 5 * 60_000;

export interface BodyJudgeOptions extends Redactor {
  /** Whether what a body says in its own words may be shown. */
  readonly showBody: boolean;
  readonly nowMs: () => number;
}

export type BodyJudge = (answer: HttpAnswer, isExpected: boolean) => Pick<Observation, 'outcome' | 'reason' | 'parts'>;

export function createBodyJudge(shape: string, options: BodyJudgeOptions): BodyJudge {
  const read = createBodyReader(shape);
  return (answer, isExpected) => {
    const status = statusVerdict(answer.status, isExpected);
    const reading: BodyReading = status === 'REFUSED' ? { nothing: '' } : readAnswer(answer, status === 'FAILING');
    const { verdict, code, words } = bodyVerdict(status, answer.status === 503, reading);
    const why = reason(code, `answered ${answer.status}${words}`, evidenceOf(reading, options));
    return { outcome: verdict, reason: why, parts: observedParts(reading, options) };
  };

  function readAnswer({ body, bodyFault, headers }: HttpAnswer, isFailing: boolean): BodyReading {
    if (bodyFault !== undefined) return { unreadable: bodyFault };
    const contentType = headers.get('content-type');
    const text = bodyText(body, contentType);
    return 'fault' in text ? { unreadable: text.fault } : read({ text: text.text, contentType, isFailing });
  }
}

/** A body that says nothing of parts, or cannot be read, names none. */
function observedParts(reading: BodyReading, { showBody, redact }: BodyJudgeOptions): readonly ObservedPart[] {
  if (!('parts' in reading)) return [];
  const parts = new Map<string, ObservedPart>();
  for (const [path, { word, message, lookedAtMs }] of eachPart(reading.parts)) {
    if (parts.size === MAX_OBSERVED) break;
    const { verdict, phase } = word;
    const name = printable(redact(path), MAX_NAME);
    // Names may be the same once they are bounded.
    if (verdict === 'HEALTHY' && parts.has(name)) continue;
    const said = showBody && message !== undefined && verdict !== 'HEALTHY' ? [redact(message)] : [];
    if (lookedAtMs !== undefined) said.push(`looked at on ${new Date(lookedAtMs).toISOString()}`);
    const when = phase === undefined || verdict === 'HEALTHY' ? '' : ` (${phase})`;
    const why = reason(CODES[verdict], `the answer says ${verdict}${when}`, said.join('; '));
    parts.set(name, { name, outcome: verdict, reason: why });
  }
  return [...parts.values()];
}

/** What differs from run to run: words that are not known, what parts say of themselves, and how old it is. */
function evidenceOf(reading: BodyReading, { showBody, redact, nowMs }: BodyJudgeOptions): string {
  const said: string[] = [];
  if ('unheard' in reading && reading.unheard !== undefined) {
    said.push(`it says ${JSON.stringify(redact(reading.unheard).slice(0, 40))}`);
  }
  if (!('parts' in reading)) return said.join('; ');
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const [path, { word, message, lookedAtMs }] of eachPart(reading.parts)) {
    oldestMs = Math.min(oldestMs, lookedAtMs ?? oldestMs);
    // Redacted before it is cut, or half a secret would be left.
    if (showBody && message !== undefined && word.verdict !== 'HEALTHY' && said.length < MAX_SAID) {
      said.push(`${path}: ${redact(message)}`);
    }
  }
  if (oldestMs < nowMs() - OLD_LOOK_MS) said.push(`a part was looked at on ${new Date(oldestMs).toISOString()}`);
  return said.join('; ');
}
