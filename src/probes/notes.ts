// What a run notes on its way: how far it came, and what happened there. It stands alone since every kind of probe that
// connects has it, and since it is all that there is of a run that fails or is out of time.
import type { Observation } from '../core/observation.ts';
import type { OnProgress, Progress } from '../core/probe.ts';

export interface Notes {
  known(): Progress;
  /** Takes all that is known by now. */
  readonly take: OnProgress;
  /** The observation with what was noted. */
  addTo(observation: Observation): Observation;
}

/** @param onProgress hears of each note */
export function createNotes(onProgress: OnProgress): Notes {
  let known: Progress = {};
  return {
    known: () => known,
    take(progress) {
      // A certificate that was seen stays seen, whoever makes the next note.
      const { certificateExpiresMs } = known;
      known = certificateExpiresMs === undefined ? progress : { certificateExpiresMs, ...progress };
      onProgress(known);
    },
    addTo(observation) {
      const { phases, evidence: noted, certificateExpiresMs } = known;
      const { reason } = observation;
      const evidence = joinedEvidence(noted, reason.evidence);
      const timed = phases === undefined ? observation : { ...observation, phases };
      const said = evidence === undefined ? timed : { ...timed, reason: { ...reason, evidence } };
      return certificateExpiresMs === undefined ? said : { certificateExpiresMs, ...said };
    },
  };
}

/** As `onProgress`, with `evidence` before whatever comes, from now on. */
export function alongWith(evidence: string, onProgress: OnProgress): OnProgress {
  const along: OnProgress = (progress) =>
    onProgress({ ...progress, evidence: joinedEvidence(evidence, progress.evidence)! });
  along({});
  return along;
}

/** Both where they differ. */
export function joinedEvidence(first: string | undefined, second: string | undefined): string | undefined {
  if (first === undefined || second === undefined || first === second) return first ?? second;
  return `${first}; ${second}`;
}
