// Why it is as it is, drawn: from left to right down to the root causes. Every node can be gone to.
import { useSignal } from '@preact/signals';
import { causeGraph, type ExplanationJson, type GraphNode, type MemberJson, NODE } from '../model/explanation.ts';
import { readStatus } from '../model/statuses.ts';
import { useAsked } from './asked.ts';
import { usePage } from './page-context.ts';
import { Section } from './section.tsx';
import { Shape, StatusMark, statusWord } from './status.tsx';
import { count, figure, Name } from './text.tsx';

const MEMBERS_SHOWN = 12;

export function CauseGraph({ id, version }: { readonly id: string; readonly version: string }) {
  const asked = useAsked('explainHealth', { component: id }, (json) => json as ExplanationJson, version);
  // What is healthy and no group has nothing to explain.
  if (asked.state === 'answered' && !asked.answer.causes?.length && asked.answer.rule === undefined) return null;
  return (
    <Section title="Why" asked={asked}>
      {(explanation) => (
        <>
          <Graph explanation={explanation} />
          {explanation.rule !== undefined && <Rule rule={explanation.rule} />}
        </>
      )}
    </Section>
  );
}

function Graph({ explanation }: { readonly explanation: ExplanationJson }) {
  const isWhole = useSignal(false);
  const { nodes, edges, width, height, more } = causeGraph(explanation, isWhole.value);
  if (nodes.length === 0) return null;
  if (nodes.length === 1) return <p>It is the root cause: nothing that it depends on or consists of explains it.</p>;
  return (
    <>
      {/* What scrolls must be reachable by keyboard. */}
      <div class="graph" role="group" aria-label="Paths to the root causes" tabIndex={0}>
        <div style={{ width: `${width}px`, height: `${height}px` }}>
          <svg width={width} height={height} aria-hidden="true">
            {edges.map(({ from, to, relation }) => (
              <path key={`${from.id} ${to.id}`} class={`edge is-${relation}`} d={curve(from, to)} />
            ))}
          </svg>
          {nodes.map((node) => (
            <Node key={node.id} node={node} showEach={() => (isWhole.value = true)} />
          ))}
        </div>
      </div>
      <p class="muted">
        Solid: member of; dashed: depends on. {more > 0 && `${count(more, 'component')} more not drawn.`}
        {explanation.truncated && ' The server left out more.'}
      </p>
    </>
  );
}

function Node({ node, showEach }: { readonly node: GraphNode; readonly showEach: () => void }) {
  const page = usePage();
  const { id, ids, status, message, isRoot, x, y } = node;
  const style = { left: `${x}px`, top: `${y}px`, width: `${NODE.width}px`, height: `${NODE.height}px` };
  const what = `node is-${status}${isRoot ? ' is-root' : ''}`;
  const why = (
    <span class="node-why" title={message}>
      {isRoot && <span class="unseen">root cause: </span>}
      {statusWord(status)}
      {message !== '' && ` · ${message}`}
    </span>
  );
  if (ids.length > 1) {
    return (
      <button type="button" class={what} style={style} title={ids.join(', ')} onClick={showEach}>
        <span class="node-name">
          <Shape status={status} />
          {figure(ids.length)} alike: show each
        </span>
        {why}
      </button>
    );
  }
  return (
    <a
      class={what}
      href={`?c=${encodeURIComponent(id)}`}
      style={style}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        page.go({ component: id });
      }}
    >
      <span class="node-name">
        <Shape status={status} />
        <Name id={id} />
      </span>
      {why}
    </a>
  );
}

function Rule({ rule }: { readonly rule: NonNullable<ExplanationJson['rule']> }) {
  const { members = [], notCounted = [] } = rule;
  return (
    <>
      <p>
        Rule: <code>{rule.rule}</code>
      </p>
      <Members of={members} />
      {notCounted.length > 0 && (
        <>
          <p>Not counted:</p>
          <Members of={notCounted} />
        </>
      )}
    </>
  );
}

function Members({ of }: { readonly of: readonly MemberJson[] }) {
  const page = usePage();
  return (
    <>
      <ul class="members">
        {of.slice(0, MEMBERS_SHOWN).map(({ component, status, contributes, impact }) => (
          <li key={component}>
            <StatusMark status={readStatus(status)} />
            <button type="button" class="plain" onClick={() => page.go({ component })}>
              {page.components.nameOf(component)}
            </button>
            {contributes !== undefined && contributes !== status && (
              <span class="muted">counts as {statusWord(readStatus(contributes)).toLowerCase()}</span>
            )}
            {contributes === undefined && impact === 'IMPACT_IGNORED' && <span class="muted">ignored</span>}
          </li>
        ))}
      </ul>
      {of.length > MEMBERS_SHOWN && <p class="muted">and {count(of.length - MEMBERS_SHOWN, 'more member')}</p>}
    </>
  );
}

/** What leads past other columns goes between two rows of theirs, and not behind them. */
function curve(from: GraphNode, to: GraphNode): string {
  const x1 = from.x + NODE.width;
  const y1 = from.y + NODE.height / 2;
  const y2 = to.y + NODE.height / 2;
  const gap = NODE.gapX;
  if (to.x - x1 <= gap) return `M${x1} ${y1}C${x1 + gap / 2} ${y1} ${x1 + gap / 2} ${y2} ${to.x} ${y2}`;
  const y = Math.min(from.y, to.y) + NODE.height + NODE.gapY / 2;
  const [start, end] = [x1 + gap, to.x - gap];
  return `M${x1} ${y1}C${start} ${y1} ${x1} ${y} ${start} ${y}L${end} ${y}C${to.x} ${y} ${end} ${y2} ${to.x} ${y2}`;
}
