// Recorded answers, judged by the source's program (by our interpreter of it) and by OpenK.
import { compileExpectations } from '../probes/expectation.ts';
import type { Judge, RecordedAnswer } from './imported.ts';
import { ImportError } from './report.ts';
import { isStatusIn } from './status-ranges.ts';

export interface Verification {
  /** Answers that were judged, each for each check that it is of. */
  readonly judged: number;
  readonly disagreements: readonly Disagreement[];
  /** Answers of no check that was imported. */
  readonly unmatched: readonly string[];
}

export interface Disagreement {
  readonly component: string;
  /** Position in the file, from 1. */
  readonly answer: number;
  /** Why it is bad; undefined where it is good. */
  readonly foreign: string | undefined;
  readonly openk: string | undefined;
}

const SHOWN = { showBody: false, redact: (text: string) => text, isSecretName: () => false };

interface WrittenAnswer {
  readonly of: string | undefined;
  readonly answer: RecordedAnswer;
}

/**
 * A JSON list of `{of, status, headers, body, latency_ms, certificate_expires_in_ms}`; without `of` an answer is one for every check.
 * @throws {ImportError}
 */
export function verify(text: string, judges: readonly Judge[]): Verification {
  const disagreements: Disagreement[] = [];
  const unmatched: string[] = [];
  let judged = 0;
  for (const [at, { of, answer }] of readAnswers(text).entries()) {
    const about =
      of === undefined ? judges : judges.filter(({ component, names }) => component === of || names.includes(of));
    if (about.length === 0) unmatched.push(of ?? `answer ${at + 1}`);
    for (const judge of about) {
      judged++;
      const foreign = judge.foreign(answer);
      const openk = openkComplaint(judge, answer);
      if ((foreign === undefined) !== (openk === undefined))
        disagreements.push({ component: judge.component, answer: at + 1, foreign, openk });
    }
  }
  return { judged, disagreements, unmatched };
}

function openkComplaint({ expectedStatus, expect }: Judge, answer: RecordedAnswer): string | undefined {
  if (!isStatusIn(expectedStatus, answer.status)) return `the status is ${answer.status}`;
  const complaint = compileExpectations(
    expect,
    SHOWN,
  )({
    status: answer.status,
    headers: answer.headers,
    body: Buffer.from(answer.body),
    latencyMs: answer.latencyMs,
    ...(answer.certificateExpiresInMs !== undefined && { certificateExpiresInMs: answer.certificateExpiresInMs }),
  });
  return complaint?.message;
}

function readAnswers(text: string): readonly WrittenAnswer[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ImportError('the recorded answers are no JSON');
  }
  if (!Array.isArray(json)) throw new ImportError('the recorded answers are no list');
  return json.map((entry: unknown, at): WrittenAnswer => {
    const wrong = (what: string) => new ImportError(`recorded answer ${at + 1}: ${what}`);
    if (typeof entry !== 'object' || entry === null) throw wrong('is no object');
    const {
      of,
      status,
      headers = {},
      body = '',
      latency_ms = 0,
      certificate_expires_in_ms,
    } = entry as Record<string, unknown>;
    if (of !== undefined && typeof of !== 'string') throw wrong('`of` is no text');
    if (typeof status !== 'number' || !Number.isInteger(status)) throw wrong('`status` is no whole number');
    if (typeof headers !== 'object' || headers === null) throw wrong('`headers` is no object');
    if (typeof latency_ms !== 'number') throw wrong('`latency_ms` is no number');
    const answer = {
      status,
      headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
      body: typeof body === 'string' ? body : JSON.stringify(body),
      latencyMs: latency_ms,
      ...(typeof certificate_expires_in_ms === 'number' && { certificateExpiresInMs: certificate_expires_in_ms }),
    };
    return { of, answer };
  });
}
