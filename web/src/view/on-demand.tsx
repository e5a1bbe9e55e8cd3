// Parts of the program that most readers never come to: loaded when they are first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** @param load of a part; asked again where it could not be loaded */
export function onDemand<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function OnDemand(props: Props) {
    const [isFailed, setFailed] = useState(false);
    const [, draw] = useState(loaded);
    useEffect(() => {
      if (loaded !== undefined) return;
      let isGone = false;
      load().then(
        (part) => {
          loaded = part;
          if (!isGone) draw(() => part);
        },
        () => !isGone && setFailed(true),
      );
      return () => {
        isGone = true;
      };
    }, []);
    const Part = loaded;
    if (Part !== undefined) return <Part {...props} />;
    if (!isFailed) return null;
    // The server is gone, or is another version than the one that this page came from, and has its own parts.
    return (
      <p class="nothing" role="alert">
        This part of the page could not be loaded.{' '}
        <button type="button" onClick={() => location.reload()}>
          load the page again
        </button>
      </p>
    );
  };
}
