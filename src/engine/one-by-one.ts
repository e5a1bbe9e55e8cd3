// Changes that take several turns: each begins when the one before is over, whatever that came to.

export type OneByOne = <Result>(change: () => Promise<Result>) => Promise<Result>;

export function createOneByOne(): OneByOne {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const done = last.then(change);
    last = done.catch(() => {});
    return done;
  };
}
