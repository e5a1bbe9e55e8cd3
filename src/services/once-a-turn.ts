// Answers that are made without waiting, and cost: equal questions in one turn of the event loop, as a connection brings them
// that asks a thousand times at once, are answered once, and encoded once (ADR 24).
import { setImmediate } from 'node:timers';
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';

/**
 * The same function, whose answers are frozen and shared within a turn.
 * @param version of what is asked about: another is another question
 */
export function onceATurn<Input extends DescMessage, Answer extends object>(
  input: Input,
  version: () => number,
  answer: (request: MessageShape<Input>) => Answer,
): (request: MessageShape<Input>) => Answer {
  const answers = new Map<string, Answer>();
  return (request) => {
    const key = questionKey(input, request, version());
    const known = answers.get(key);
    if (known !== undefined) return known;
    const made = Object.freeze(answer(request));
    if (answers.size === 0) setImmediate(() => answers.clear());
    answers.set(key, made);
    return made;
  };
}

export function questionKey<Input extends DescMessage>(
  input: Input,
  request: MessageShape<Input>,
  version: number,
): string {
  return `${version} ${Buffer.from(toBinary(input, request)).toString('latin1')}`;
}
