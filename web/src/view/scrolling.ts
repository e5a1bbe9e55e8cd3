// Whether somebody scrolls, which no browser says of all that may scroll.
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { SCROLL_ENDS_MS } from '../model/page.ts';

export interface Scrolling {
  readonly isOn: Signal<boolean>;
  /** To be called at each step. */
  step(): void;
}

export function useScrolling(): Scrolling {
  const isOn = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const steppedAt = useRef(0);
  const look = () => {
    const left = steppedAt.current + SCROLL_ENDS_MS - performance.now();
    isOn.value = left > 0;
    timer.current = left > 0 ? setTimeout(look, left) : undefined;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    isOn,
    step() {
      steppedAt.current = performance.now();
      // One timer for all steps.
      if (timer.current === undefined) look();
    },
  };
}
