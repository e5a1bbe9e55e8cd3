// What can be done from here, and by whom.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Alert } from '../../feed/messages.ts';
import type { Reader } from './reader.ts';

export const KINDS = ['silence', 'maintenance'] as const;
export type Kind = (typeof KINDS)[number];

export type Action =
  | { readonly type: 'acknowledge'; readonly alert: Alert }
  | { readonly type: 'begin'; readonly kind: Kind; readonly selector: string }
  | { readonly type: 'end'; readonly kind: Kind; readonly id: string; readonly selector: string };

export interface Operate {
  /** Undefined until it is known. */
  readonly reader: Reader | undefined;
  /** How often something was done: what lists it is asked for again then. */
  readonly done: number;
  /** Shows the form of it. */
  begin(action: Action): void;
}

export const OperateContext = createContext<Operate>({ reader: undefined, done: 0, begin() {} });

export function useOperate(): Operate {
  return useContext(OperateContext);
}
