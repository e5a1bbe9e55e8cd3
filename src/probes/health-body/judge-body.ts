// Judges the answer of an HTTP probe that reads health bodies: from its status and its body to an outcome and a reason.
import { HttpProbe_HealthBody, HttpProbe_HealthBodySchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../core/observation.ts';
import type { Redactor } from '../../core/redactor.ts';
import { bodyText } from '../body-text.ts';
import type { HttpAnswer } from '../http-client.ts';
import { reason } from '../reason.ts';
import { type BodyReading, createBodyReader } from './read-health-body.ts';
import { bodyVerdict, eachPart, statusVerdict } from './verdict.ts';

/** The shape that a body must have, by the names of the tables, or AUTO; undefined: bodies are not read. */
export function healthBodyName(value: HttpProbe_HealthBody): string | undefined {
  return value === HttpProbe_HealthBody.UNSPECIFIED ? undefined : HttpProbe_HealthBodySchema.value[value]?.localName;
}

/** What is asked for where the user does not say: quoted parameters and a single type are refused by some. */
export const HEALTH_ACCEPT = 'application/json, */*;q=0.1';

/** How many parts say why in the evidence. */
const MAX_SAID = 3;
/** A look that is older is worth telling. */
const OLD_LOOK_MS = 5 * 60_000;

export interface BodyJudgeOptions extends Redactor {
  /** Whether what a body says in its own words may be shown. */
  readonly showBody: boolean;
  readonly nowMs: () => number;
}

export type BodyJudge = (answer: HttpAnswer, isExpected: boolean) => Pick<Observation, 'outcome' | 'reason'>;

export function createBodyJudge(shape: string, options: BodyJudgeOptions): BodyJudge {
  const read = createBodyReader(shape);
  return (answer, isExpected) => {
    const status = statusVerdict(answer.status, isExpected);
    const reading: BodyReading = status === 'REFUSED' ? { nothing: '' } : readAnswer(answer, status === 'FAILING');
    const { verdict, code, words } = bodyVerdict(status, answer.status === 503, reading);
    const why = reason(code, `answered ${answer.status}${words}`, evidenceOf(reading, options));
    return { outcome: verdict, reason: why };
  };

  function readAnswer({ body, bodyFault, headers }: HttpAnswer, isFailing: boolean): BodyReading {
    if (bodyFault !== undefined) return { unreadable: bodyFault };
    const contentType = headers.get('content-type');
    const text = bodyText(body, contentType);
    return 'fault' in text ? { unreadable: text.fault } : read({ text: text.text, contentType, isFailing });
  }
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
