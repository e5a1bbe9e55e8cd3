import { describe, expect, it } from '@jest/globals';
import { type BrokenRule, ruleWords } from '../../src/core/rule-words.ts';

const COLOURS = ['COLOUR_UNSPECIFIED', 'RED', 'GREEN'].map((name, number) => ({ name, number }));

describe('a broken rule is told by what to write', () => {
  it.each<[string, string, string, BrokenRule['enumValues']?]>([
    ['required', 'value is required', 'is required'],
    ['uint32.gte_lte', 'must be greater than or equal to 1 and less than or equal to 20', 'must be from 1 to 20'],
    ['double.gt_lte', 'must be greater than 0 and less than or equal to 1', 'must be above 0 and at most 1'],
    ['int32.gte_lt', 'must be greater than or equal to 1 and less than 9', 'must be at least 1 and below 9'],
    ['int32.gt_lt', 'must be greater than -1 and less than 9', 'must be above -1 and below 9'],
    ['duration.gte', 'must be greater than or equal to 0s', 'must be at least 0s'],
    ['duration.gt', 'must be greater than 0s', 'must be above 0s'],
    ['uint32.lte', 'must be less than or equal to 20', 'must be at most 20'],
    ['uint32.lt', 'must be less than 20', 'must be below 20'],
    ['double.finite', 'must be finite', 'must be a number, neither infinite nor NaN'],
    ['string.min_len', 'must be at least 1 characters', 'must not be empty: write a text, or take it out'],
    ['string.min_len', 'must be at least 3 characters', 'must be at least 3 characters'],
    ['string.max_len', 'must be at most 256 characters', 'must be at most 256 characters'],
    [
      'string.pattern',
      'does not match regex pattern `^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`',
      "must be a letter or digit, then up to 127 of letters, digits, '.', '_', '-'",
    ],
    ['repeated.min_items', 'must contain at least 1 item(s)', 'must have at least 1 entry'],
    ['repeated.min_items', 'must contain at least 2 item(s)', 'must have at least 2 entries'],
    ['repeated.max_items', 'must contain no more than 64 item(s)', 'must have at most 64 entries'],
    ['repeated.unique', 'repeated value must contain unique items', 'has the same entry twice: take one of them out'],
    ['map.min_pairs', 'map must be at least 1 entries', 'must have at least 1 entry'],
    ['map.max_pairs', 'map must be at most 64 entries', 'must have at most 64 entries'],
    ['int32.in', 'must be in list [1, 2]', 'must be one of 1, 2'],
    ['int32.not_in', 'must not be in list [0]', 'must not be any of 0'],
    ['enum.in', 'must be in list [1]', 'must be one of RED', COLOURS],
    ['enum.not_in', 'must not be in list [0]', 'must be one of RED, GREEN', COLOURS],
    ['enum.not_in', 'must not be in list [0, 2]', 'must be one of RED', COLOURS],
    ['enum.defined_only', 'value must be one of the defined enum values', 'must be one of RED, GREEN', COLOURS],
    [
      'tcp.target',
      'must be HOST:PORT, for example db.internal:5432',
      'must be HOST:PORT, for example db.internal:5432',
    ],
    [
      'quorum.degraded',
      'takes one of degraded and degraded_percent, not both',
      'takes one of degraded and degraded_percent, not both',
    ],
  ])('%s: %s', (ruleId, message, expected, ...[enumValues]) => {
    expect(ruleWords({ ruleId, message, enumValues })).toBe(expected);
  });
});
