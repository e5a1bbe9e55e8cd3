// Answers that are made without waiting, and cost: equal questions in one turn of the event loop, as a connection brings them
// that asks a thousand times at once, are answered once, and encoded once (ADR 24).
import { setImmediate } from 'node:timers';
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { HealthReader } from '../engine/health-ports.ts';

/** The same function, whose answers are frozen and shared within a turn by all who see the same. */
export function onceATurn<Input extends DescMessage, Answer extends object>(
  input: Input,
  answer: (request: MessageShape<Input>, reader: HealthReader) => Answer,
): (request: MessageShape<Input>, reader: HealthReader) => Answer {
  const answers = new Map<string, Answer>();
  return (request, reader) => {
    const key = questionKey(input, request, reader);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const made = Object.freeze(answer(request, reader));
    if (answers.size === 0) setImmediate(() => answers.clear());
    answers.set(key, made);
    return made;
  };
}

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** Another for another question, for whoever sees something else, and after every change of what he sees. */
export function questionKey<Input extends DescMessage>(
  input: Input,
  request: MessageShape<Input>,
  reader: Pick<HealthReader, 'revision'>,
): string {
  let number = numbers.get(reader);
  if (number === undefined) {
    number = ++lastNumber;
    numbers.set(reader, number);
  }
  return `${number} ${reader.revision} ${Buffer.from(toBinary(input, request)).toString('latin1')}`;
}
