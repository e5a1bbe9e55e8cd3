// Dark, light, as the system has it, or for a wall: by the URL, else as chosen here before.
import { THEMES, type Theme } from '../model/address.ts';
import type { Page } from '../model/page.ts';

const KEY = 'openk.theme';

export function chosenTheme(page: Page): Theme {
  return page.address.value.theme ?? remembered() ?? 'auto';
}

/** What hangs on a wall is said in the URL alone: this reader's next page is an ordinary one. */
export function chooseTheme(page: Page, value: string): void {
  const theme = THEMES.find((each) => each === value) ?? 'auto';
  if (theme !== 'wall') remember(theme);
  page.go({ theme: theme === 'wall' ? theme : undefined });
}

function remembered(): Theme | undefined {
  try {
    return THEMES.find((each) => each === localStorage.getItem(KEY));
  } catch {
    // Browsers may keep nothing for us.
    return undefined;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The same.
  }
}
