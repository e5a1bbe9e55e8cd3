// What it is, as configured, and where the time of its last probe run went.

import { type DefinitionJson, targetOf } from '../model/definition.ts';
import { durationMs, inWords, latencyInWords, moment } from '../model/times.ts';
import { useAsked } from './asked.ts';
import { usePage } from './page-context.ts';
import { Section } from './section.tsx';

const PHASES = [
  ['dns', 'DNS'],
  ['connect', 'connect'],
  ['tls', 'TLS'],
  ['firstByte', 'first byte'],
  ['body', 'body'],
] as const;
type PhasesJson = Partial<Record<(typeof PHASES)[number][0], string>>;

interface ComponentJson {
  readonly definition?: DefinitionJson;
  readonly parents?: readonly string[];
  readonly phases?: PhasesJson;
  readonly nextMaintenance?: readonly { readonly start?: string; readonly end?: string }[];
}

export function Facts({ id, version }: { readonly id: string; readonly version: string }) {
  const page = usePage();
  const asked = useAsked('getComponent', { component: id }, (json) => json as ComponentJson, version);
  const index = page.components.indexOf(id);
  if (index === undefined) return null;
  const { kind, labels, parents } = page.components.abouts[index]!;
  return (
    <Section title="What it is" asked={asked}>
      {({ definition = {}, phases, nextMaintenance = [] }) => (
        <>
          {phases !== undefined && <Phases phases={phases} />}
          {definition.description && <p>{definition.description}</p>}
          <dl class="facts">
            <Fact title="Kind">{kind}</Fact>
            <Fact title="Target">{targetOf(definition)}</Fact>
            <Fact title="Interval">
              {definition.interval && inWords(durationMs(definition.interval))}
              {definition.timeout && `, timeout ${inWords(durationMs(definition.timeout))}`}
            </Fact>
            <Fact title="Depends on">
              {definition.dependsOn?.map((other) => (
                <button key={other} type="button" class="tag" onClick={() => page.go({ component: other })}>
                  {page.components.nameOf(other)}
                </button>
              ))}
            </Fact>
            <Fact title="Groups">
              {parents.length > 0 &&
                parents.map((parent) => (
                  <button key={parent} type="button" class="tag" onClick={() => page.go({ component: parent })}>
                    {page.components.nameOf(parent)}
                  </button>
                ))}
            </Fact>
            <Fact title="Labels">
              {Object.keys(labels).length > 0 &&
                Object.entries(labels).map(([key, value]) => (
                  <button
                    key={key}
                    type="button"
                    class="tag"
                    title="filter by it"
                    onClick={() => page.go({ labels: [...new Set([...page.address.value.labels, `${key}=${value}`])] })}
                  >
                    {key}={value}
                  </button>
                ))}
            </Fact>
            <Fact title="Links">
              {definition.links?.map(({ title, url }) => (
                <a key={url} href={url} rel="noreferrer">
                  {title || url}
                </a>
              ))}
            </Fact>
            <Fact title="Maintenance">
              {nextMaintenance.length > 0 &&
                nextMaintenance.map(({ start, end }) => (
                  <span key={`${start} ${end}`}>
                    {start === undefined ? 'now' : moment(Date.parse(start))} –{' '}
                    {end === undefined ? 'open' : moment(Date.parse(end))}
                  </span>
                ))}
            </Fact>
          </dl>
        </>
      )}
    </Section>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children?: preact.ComponentChildren }) {
  const all = Array.isArray(children) ? children.flat() : [children];
  if (all.every((child) => child === undefined || child === false || child === '')) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Phases({ phases }: { readonly phases: PhasesJson }) {
  const parts = PHASES.flatMap(([key, title]) => {
    const json = phases[key];
    return json === undefined ? [] : [{ key, title, ms: durationMs(json) }];
  });
  if (parts.length === 0) return null;
  const words = parts.map(({ title, ms }) => `${title} ${latencyInWords(ms)}`).join(', ');
  return (
    <div class="phases">
      <div class="bar" role="img" aria-label={`The last run: ${words}`}>
        {parts.map(({ key, ms }) => (
          <span key={key} class={`phase is-${key}`} style={{ flexGrow: Math.max(ms, 0.001) }} />
        ))}
      </div>
      <p class="muted">
        {parts.map(({ key, title, ms }) => (
          <span key={key} class="legend">
            <span class={`phase is-${key}`} /> {title} {latencyInWords(ms)}{' '}
          </span>
        ))}
      </p>
    </div>
  );
}
