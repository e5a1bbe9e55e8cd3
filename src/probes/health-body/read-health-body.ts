// From the body of an answer to what it says of health: what it is written in, and by which rows of the tables it is read.
import { readJson } from './json.ts';
import type { Reading } from './parts.ts';
import { joinShapes, readJsonBody } from './read-object.ts';
import { TEXT_SHAPES } from './read-text.ts';
import { SHAPES } from './shapes.ts';

/** What a body says; or that it says nothing of health, or that it cannot be read, for people. */
export type BodyReading =
  | Reading
  | { readonly nothing: string }
  | { readonly unreadable: string; readonly unheard?: string };

export interface HealthText {
  readonly text: string;
  /** Undefined: the header is missing. */
  readonly contentType: string | undefined;
  /** The status of the answer says that something fails. */
  readonly isFailing: boolean;
}

/**
 * @param shape a name in the tables: a body of another shape is unreadable. `AUTO`: whatever the body is
 */
export function createBodyReader(shape: string): (body: HealthText) => BodyReading {
  const isAny = shape === 'AUTO';
  const shapes = isAny ? SHAPES : SHAPES.filter(({ name }) => name === shape);
  const texts = isAny ? TEXT_SHAPES : TEXT_SHAPES.filter(({ names }) => names.includes(shape));
  const rules = joinShapes(shapes, isAny);
  const nothing = (why: string): BodyReading =>
    isAny ? { nothing: why } : { unreadable: `${why}, and is not ${shape}` };

  return ({ text, contentType, isFailing }) => {
    const trimmed = text.trim();
    if (trimmed === '') return nothing('its body is empty');
    const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (trimmed.startsWith('<')) {
      // A feed says what was, and an answer 200 whatever it says.
      return /[/+](xml|atom|rss)$/.test(mediaType) || /^<(\?xml|rss|feed)\b/i.test(trimmed)
        ? { unreadable: 'its body is XML, which tells no health' }
        : nothing('its body is HTML');
    }
    const json = readJson(trimmed);
    if (json === undefined && /^[{[](?![+-]\])/.test(trimmed)) {
      return { unreadable: 'its body is no JSON, or nested too deep' };
    }
    if (json !== undefined && typeof json !== 'string') {
      const reading = shapes.length === 0 ? undefined : readJsonBody(json, rules, { isFailing });
      return reading?.verdict === undefined ? nothing('its body says nothing of health') : reading;
    }
    for (const { read } of texts) {
      const reading = read(trimmed, isFailing);
      if (reading !== undefined) return reading;
    }
    return { unreadable: 'its body has no word of health', unheard: trimmed };
  };
}
