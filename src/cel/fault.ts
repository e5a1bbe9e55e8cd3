// Errors of expressions whose words are our own: they hold nothing of an answer, so they can be shown. It stands alone
// since the library knows errors only by their text, and puts values into its own.

const MARK = 'expression: ';

/** An error to throw from a function of CEL. `words` must hold nothing that came from outside. */
export function expressionError(words: string): Error {
  return new Error(MARK + words);
}

/** The words of an `expressionError`; undefined for any other. */
export function wordsOf(message: string): string | undefined {
  return message.startsWith(MARK) ? message.slice(MARK.length) : undefined;
}
