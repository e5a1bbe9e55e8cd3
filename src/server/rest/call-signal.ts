// The abort signal of one call: fires when the client is gone, when the server aborts calls, and when the call is over.
// Made when somebody asks for it, since most calls are over before anybody does.
import { Code, ConnectError } from '@connectrpc/connect';
import type { AnyResponse } from '../listener.ts';
import { isGone } from './any-response.ts';

export interface CallSignal {
  get(): AbortSignal;
  /** The call is over: fires it if there is one, and leaves no listener behind. */
  end(): void;
}

/** @param shutdown Once it fires, the call is aborted with its reason. */
export function createCallSignal(response: AnyResponse, shutdown: AbortSignal): CallSignal {
  let controller: AbortController | undefined;
  let isOver = false;
  const onShutdown = () => controller?.abort(shutdown.reason);
  const onGone = () => controller?.abort(new ConnectError('the client went away', Code.Canceled));

  return {
    get() {
      if (controller === undefined) {
        controller = new AbortController();
        if (isOver) onOver(controller);
        else if (shutdown.aborted) onShutdown();
        else if (isGone(response)) onGone();
        else {
          shutdown.addEventListener('abort', onShutdown);
          response.once('close', onGone);
        }
      }
      return controller.signal;
    },
    end() {
      isOver = true;
      if (controller === undefined) return;
      shutdown.removeEventListener('abort', onShutdown);
      response.off('close', onGone);
      onOver(controller);
    },
  };
}

function onOver(controller: AbortController): void {
  if (!controller.signal.aborted) controller.abort(new ConnectError('the call is over', Code.Canceled));
}
