// What a template makes of a target that nobody has seen yet, so that a configuration can be checked before there is one.
import { clone } from '@bufbuild/protobuf';
import { type Component, ComponentSchema, type DiscoverySource } from '../../gen/openk/config/v1/config_pb.ts';
import type { Target } from './source.ts';
import { compileTemplate, openTexts, setTemplateText } from './template.ts';
import { TemplateFault, valuesOf } from './text-template.ts';

const SAMPLE: Target = { name: 'sample.invalid:80', address: 'sample.invalid:80', labels: {} };

export interface Sample {
  /** Without an id. */
  readonly component: Component;
  /** Fields of the component that depend on labels, by path: what is wrong with them is no fault of the file. */
  readonly open: readonly (readonly (string | number)[])[];
}

/** Of a source in whose template `checkTemplate` finds nothing wrong. */
export function sampleOf(source: DiscoverySource): Sample {
  const { template } = source;
  const open: (readonly (string | number)[])[] = [];
  const component = template && clone(ComponentSchema, template);
  if (component !== undefined) {
    for (const { path, text } of openTexts(component)) {
      let made = 'sample';
      try {
        made = text.render(valuesOf(SAMPLE));
      } catch (error) {
        if (!(error instanceof TemplateFault)) throw error;
        open.push(path);
      }
      setTemplateText(component, path, made);
    }
  }
  const filled = compileTemplate({ ...(component && { template: component }), keep: '' }).fill(SAMPLE, source.id);
  return { component: filled.component, open };
}
