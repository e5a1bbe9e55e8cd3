// From a target to a component: the template of its source, with its texts filled in; what a template leaves out follows from labels
// that say how a target wants to be looked at, and in the end from its address alone.
import { clone, create } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
import { type Component, ComponentSchema, type DiscoverySource } from '../../gen/openk/config/v1/config_pb.ts';
import { hintedKind, hintedSchedule } from './hints.ts';
import { isHidden } from './labels.ts';
import type { Target } from './source.ts';
import {
  compileCondition,
  compileText,
  hasPlaceholder,
  TemplateFault,
  type TextTemplate,
  valuesOf,
} from './text-template.ts';

export interface PathFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ComponentTemplate {
  /** Whether a target is to be watched at all. */
  takes(target: Target): boolean;
  /** The component without its id, and what the template says of it; undefined: nothing. @throws TemplateFault */
  fill(target: Target, source: string): { readonly component: Component; readonly name: string | undefined };
}

/** A text that differs from target to target, by field names. */
export interface OpenText {
  readonly path: readonly (string | number)[];
  readonly text: TextTemplate;
}

const URL_FIELD = /^(url|server|proxy|token_url)$/;
/** What makes no sense of something that comes and goes. */
const REFUSED = ['group', 'heartbeat', 'discovery', 'slo', 'maintenance'] as const;

/** What is wrong with a source's template and condition; paths are from the source on. */
export function checkTemplate({ template, keep }: Pick<DiscoverySource, 'template' | 'keep'>): readonly PathFault[] {
  const faults: PathFault[] = [];
  if (keep !== '') {
    const condition = compileCondition(keep);
    if (typeof condition === 'string') faults.push({ path: ['keep'], message: condition });
  }
  if (template === undefined) return faults;
  const message = reflect(ComponentSchema, template);
  for (const name of REFUSED) {
    const field = message.fields.find((one) => one.name === name)!;
    if (message.isSet(field)) faults.push({ path: ['template', name], message: 'cannot be in a template' });
  }
  for (const [position, id] of template.dependsOn.entries()) {
    if (hasPlaceholder(id))
      faults.push({
        path: ['template', 'depends_on', position],
        message: 'names a component of the file: it cannot have {{ }}',
      });
  }
  for (const { path, text } of textsOf(message)) {
    const compiled = compileText(text, isUrl(path));
    if (typeof compiled === 'string') faults.push({ path: ['template', ...path], message: compiled });
  }
  return faults;
}

/** Of a source without faults. */
export function compileTemplate({
  template,
  keep,
}: {
  readonly template?: Component | undefined;
  readonly keep: string;
}): ComponentTemplate {
  const condition = keep === '' ? undefined : compileCondition(keep);
  if (typeof condition === 'string') throw new Error(`keep ${condition}`);
  const plain = template ?? create(ComponentSchema);
  const texts = openTexts(plain);
  return {
    takes: (target) => condition === undefined || condition(valuesOf(target)),
    fill(target, source) {
      const component = clone(ComponentSchema, plain);
      const message = reflect(ComponentSchema, component);
      const values = valuesOf(target);
      for (const { path, text } of texts) {
        try {
          setText(message, path, text.render(values));
        } catch (error) {
          if (error instanceof TemplateFault) throw new TemplateFault(`template.${path.join('.')} ${error.message}`);
          throw error;
        }
      }
      const own = Object.entries(target.labels).filter(([name]) => !isHidden(name));
      component.labels = { ...Object.fromEntries(own), ...component.labels };
      if (component.kind.case === undefined) component.kind = hintedKind(target, source);
      const { interval, timeout } = hintedSchedule(target);
      component.interval ??= copy(interval);
      component.timeout ??= copy(timeout);
      const name = component.id === '' ? undefined : component.id;
      component.id = '';
      return { component, name };
    },
  };
}

/** The texts in a template that have {{ }}. @throws Error for one that `checkTemplate` finds a fault in */
export function openTexts(template: Component): readonly OpenText[] {
  return textsOf(reflect(ComponentSchema, template)).map(({ path, text }) => {
    const compiled = compileText(text, isUrl(path));
    if (typeof compiled === 'string') throw new Error(compiled);
    return { path, text: compiled };
  });
}

export function setTemplateText(component: Component, path: OpenText['path'], text: string): void {
  setText(reflect(ComponentSchema, component), path, text);
}

function copy(duration: Duration | undefined): Duration | undefined {
  return duration && clone(DurationSchema, duration);
}

function isUrl(path: readonly (string | number)[]): boolean {
  return URL_FIELD.test(String(path.at(-1)));
}

/** Every text with {{ }}, by the names of its fields. Keys of maps are taken as they are. */
function textsOf(message: ReflectMessage): { readonly path: readonly (string | number)[]; readonly text: string }[] {
  const found: { path: (string | number)[]; text: string }[] = [];
  const look = (value: unknown, path: (string | number)[]) => {
    if (typeof value === 'string' && hasPlaceholder(value)) found.push({ path, text: value });
  };
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === 'scalar') look(message.get(field), [field.name]);
    else if (field.fieldKind === 'message') {
      if (field.message.typeName.startsWith('google.')) continue;
      for (const { path, text } of textsOf(message.get(field))) found.push({ path: [field.name, ...path], text });
    } else if (field.fieldKind === 'map') {
      for (const [key, value] of message.get(field)) look(value, [field.name, key as string | number]);
    } else if (field.fieldKind === 'list') {
      for (const [index, item] of [...message.get(field)].entries()) {
        if (field.listKind === 'message') {
          for (const { path, text } of textsOf(item as ReflectMessage))
            found.push({ path: [field.name, index, ...path], text });
        } else look(item, [field.name, index]);
      }
    }
  }
  return found;
}

function setText(message: ReflectMessage, path: readonly (string | number)[], text: string): void {
  const [name, next, ...rest] = path;
  const field = message.fields.find((one) => one.name === name)!;
  if (field.fieldKind === 'scalar') message.set(field, text);
  else if (field.fieldKind === 'message') setText(message.get(field), path.slice(1), text);
  else if (field.fieldKind === 'map') message.get(field).set(next!, text);
  else if (field.fieldKind === 'list') {
    if (field.listKind === 'message') setText(message.get(field).get(next as number) as ReflectMessage, rest, text);
    else message.get(field).set(next as number, text);
  }
}
