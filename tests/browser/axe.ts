// What axe finds wrong with a page. The page must have been opened with `bypassCSP`, since axe is put into it from outside.
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
