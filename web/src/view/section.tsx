// A part of the details that is asked of the server: its heading, and what there is of the answer.
import type { ComponentChildren } from 'preact';
import type { Asked } from './asked.ts';

interface SectionProps<Answer> {
  readonly title: string;
  readonly asked: Asked<Answer>;
  readonly beside?: ComponentChildren;
  readonly children: (answer: Answer) => ComponentChildren;
}

export function Section<Answer>({ title, asked, beside, children }: SectionProps<Answer>) {
  return (
    <section aria-label={title}>
      <h3>
        {title} {beside}
      </h3>
      {asked.answer !== undefined && children(asked.answer)}
      {asked.state === 'failed' && <p class="muted">Could not be asked: {asked.message}</p>}
      {asked.state === 'asking' && <p class="muted">…</p>}
    </section>
  );
}
