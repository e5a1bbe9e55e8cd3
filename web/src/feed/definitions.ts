// What a component is, as configured: asked for as JSON, since the schema of all definitions would be as large as the rest of the program.

export async function askDefinition(request: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  const answer = await fetch(new URL('openk.health.v1.HealthService/GetComponent', document.baseURI), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: signal ?? null,
  });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.message ?? `the server answered ${answer.status}`);
  return json;
}
