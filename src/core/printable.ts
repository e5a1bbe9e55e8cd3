/** Text from outside as one bounded line: control and direction characters are replaced, the rest is cut at `maxLength`. */
export function printable(text: string, maxLength: number): string {
  // A slice first: the text may be large, and only its beginning is wanted.
  const clean = text.slice(0, maxLength + 1).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
  // Well-formed, since that cut may go through a surrogate pair, which no protocol can carry.
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1).toWellFormed()}…`;
}
