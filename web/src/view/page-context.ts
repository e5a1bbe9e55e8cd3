import { useComputed } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Address } from '../model/address.ts';
import type { Page } from '../model/page.ts';

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  return useContext(PageContext)!;
}

/** One thing of the address: what shows it is not drawn again for each letter of a search. */
export function useAddress<Key extends keyof Address>(key: Key): Address[Key] {
  const page = usePage();
  return useComputed(() => page.address.value[key]).value;
}
