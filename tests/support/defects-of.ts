// What an OpenK counts of its own defects, from its metrics.

export async function defectsOf(address: string): Promise<number> {
  const metrics = await (await fetch(`${address}/metrics`, { headers: { connection: 'close' } })).text();
  const counts = [...metrics.matchAll(/^openk_defects_total(?:\{[^}]*\})? (\d+)/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}
