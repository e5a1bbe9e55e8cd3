// When a configuration is read again while one is being read, and while OpenK shuts down.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createReloader, type Reloader } from '../../src/config/apply/reloader.ts';
import type { ConfigResult, LoadedConfig } from '../../src/config/read-config.ts';
import { inSlices, type Steps } from '../../src/core/steps.ts';
import { parse } from './support.ts';

const withOrigin = (name: string) => `cors: { allowed_origins: [ "http://${name}" ] }`;
const nameOf = ({ corsOrigins }: LoadedConfig) => corsOrigins[0]?.slice('http://'.length);

let text: string;
/** What happens, in order. */
let story: string[];
/** Lets the compiler go on by a slice. */
let slice: (() => void) | undefined;
let reloader: Reloader;

/** Reads the file now, and compiles it in three slices that the test gives. */
function load(signal: AbortSignal): Promise<ConfigResult> {
  const read = text;
  story.push(`reads ${read.includes('cors') ? nameIn(read) : 'a wrong file'}`);
  function* compile(): Steps<ConfigResult> {
    yield;
    yield;
    return parse(read);
  }
  const pause = () => new Promise<void>((resolve) => (slice = resolve));
  return inSlices(compile(), { signal, sliceMs: 0, nowMs: () => 0, pause });
}

const nameIn = (read: string) => /http:\/\/(\w+)/.exec(read)?.[1];

/** Gives slices until nothing asks for one any more. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 100; turns++) {
    await Promise.resolve();
    slice?.();
    slice = undefined;
  }
}

beforeEach(() => {
  story = [];
  slice = undefined;
  reloader = createReloader({
    load,
    compare: async () => [],
    check: () => [],
    async apply(config) {
      story.push(`applies ${nameOf(config)}`);
      await Promise.resolve();
      story.push(`applied ${nameOf(config)}`);
    },
    onFaults: (faults) => void story.push(`refuses ${faults[0]?.path}`),
    onFailure: (error) => void story.push(`fails: ${error}`),
  });
});

describe('changes while a configuration is compiled', () => {
  it('are taken over one at a time, and the newest is the last', async () => {
    text = withOrigin('first');
    const first = reloader.reload();
    await Promise.resolve();
    text = withOrigin('second');
    const second = reloader.reload();
    text = withOrigin('third');
    const third = reloader.reload();
    expect(third).toBe(second);
    await settle();
    await Promise.all([first, second]);
    expect(story).toEqual([
      ...['reads first', 'applies first', 'applied first'],
      ...['reads third', 'applies third', 'applied third'],
    ]);
  });

  it('are taken over after a wrong one', async () => {
    text = 'components: [ { id: a } ]';
    const first = reloader.reload();
    await Promise.resolve();
    text = withOrigin('second');
    const second = reloader.reload();
    await settle();
    await Promise.all([first, second]);
    expect(story).toEqual([
      'reads a wrong file',
      'refuses components[0]',
      'reads second',
      'applies second',
      'applied second',
    ]);
    expect(reloader.notices()).toEqual([]);
  });
});

describe('a shutdown', () => {
  it('gives up what is compiled, without a fault, and what waits', async () => {
    text = withOrigin('first');
    const first = reloader.reload();
    await Promise.resolve();
    const second = reloader.reload();
    const closed = reloader.close();
    await settle();
    await Promise.all([closed, first, second]);
    expect(story).toEqual(['reads first']);
    expect(reloader.notices()).toEqual([]);
    await reloader.reload();
    expect(story).toEqual(['reads first']);
  });

  it('waits for what is being applied', async () => {
    text = withOrigin('first');
    void reloader.reload();
    while (!story.includes('applies first')) {
      await Promise.resolve();
      slice?.();
    }
    await reloader.close();
    expect(story).toEqual(['reads first', 'applies first', 'applied first']);
  });
});
