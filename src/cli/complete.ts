// What may come next on a command line that is being written. The commands themselves say it, so that nothing here goes stale.
import type { Argument, Command, Option } from 'commander';
import { allComponents } from './all-components.ts';
import { type Connection, type ConnectionFlags, createConnection, PROTOCOLS } from './connection.ts';
import type { CliContext } from './context.ts';
import { printable } from './text.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Somebody waits for it at the keyboard. */
const ASK_TIMEOUT_MS = 1000;
/** More than that nobody chooses from. */
const MAX_ALERTS = 100;

interface Place {
  readonly command: Command;
  /** Arguments of `command` that are there. */
  readonly position: number;
  /** The option whose value comes next. */
  readonly option: Option | undefined;
  /** Values of options, by their names in camelCase. */
  readonly values: ReadonlyMap<string, string>;
}

/** @param line the command line up to the cursor; its last word is being written. Never rejects. */
export async function complete(program: Command, line: string, context: CliContext): Promise<Candidate[]> {
  const words = line.trimStart().split(/\s+/);
  const current = words.pop() ?? '';
  const first = words.findIndex((word) => !/^\w+=/.test(word));
  const { command, position, option, values } = placeAfter(program, words.slice(first + 1));
  const valuesOf = (subject: Option | Argument) => candidateValues(subject, values, context);

  const [, name, begun] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (option !== undefined) return startingWith(current, await valuesOf(option));
  if (name !== undefined) {
    const assigned = findOption(command, name);
    const found = assigned === undefined ? [] : startingWith(begun ?? '', await valuesOf(assigned));
    return found.map(({ value, description }) => ({ value: `${name}=${value}`, description }));
  }
  const help = command.createHelp();
  if (current.startsWith('-')) {
    const options = help
      .visibleOptions(command)
      .flatMap(({ long, description }) => (long ? [[long, description]] : []));
    return startingWith(
      current,
      options.map(([value = '', description = '']) => ({ value, description })),
    );
  }
  if (command.commands.length > 0) {
    const commands = position > 0 ? [] : help.visibleCommands(command);
    return startingWith(
      current,
      commands.map((each) => ({ value: each.name(), description: each.summary() })),
    );
  }
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[position] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? [] : startingWith(current, await valuesOf(argument));
}

function placeAfter(program: Command, words: readonly string[]): Place {
  let command = program;
  let position = 0;
  let option: Option | undefined;
  const values = new Map<string, string>();
  for (const word of words) {
    if (option !== undefined) {
      values.set(option.attributeName(), word);
      option = undefined;
    } else if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s);
      const named = findOption(command, name);
      if (value === undefined && named?.required) option = named;
      else if (named !== undefined) values.set(named.attributeName(), value ?? '');
    } else {
      const below = position === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (below === undefined) position++;
      else command = below;
    }
  }
  return { command, position, option, values };
}

function findOption(command: Command, name: string): Option | undefined {
  return command.options.find(({ long, short }) => name === long || name === short);
}

/** None for what only the person who writes it knows. What is called `<component>`, or `<alert>`, is the id of one. */
async function candidateValues(
  subject: Option | Argument,
  values: ReadonlyMap<string, string>,
  context: CliContext,
): Promise<Candidate[]> {
  if (subject.argChoices !== undefined) return subject.argChoices.map((value) => ({ value, description: '' }));
  const name = 'flags' in subject ? /<(.*)>/.exec(subject.flags)?.[1] : subject.name();
  if (name === 'component') return asked(values, context, componentIds);
  return name === 'alert' ? asked(values, context, alertIds) : [];
}

type Ask = (connection: Connection, options: { timeoutMs: number; signal: AbortSignal }) => Promise<Candidate[]>;

const componentIds: Ask = async ({ client }, options) => {
  const { components } = await allComponents(client, {}, options);
  return components.map(({ id, kind }) => ({ value: printable(id), description: printable(kind) }));
};

/** Those that are not over, the newest. */
const alertIds: Ask = async (connection, options) => {
  const { alerts } = await connection.alerts.listAlerts({ pageSize: MAX_ALERTS }, options);
  return alerts.map(({ id, component }) => ({ value: printable(id), description: printable(component) }));
};

/** None where no server answers at once. */
async function asked(values: ReadonlyMap<string, string>, context: CliContext, ask: Ask): Promise<Candidate[]> {
  const text = (name: 'server' | 'ca' | 'tokenFile') => (values.has(name) ? { [name]: values.get(name) } : {});
  const flags: ConnectionFlags = {
    protocol: PROTOCOLS.find((each) => each === values.get('protocol')) ?? 'grpc',
    insecure: values.has('insecure'),
    ...text('server'),
    ...text('ca'),
    ...text('tokenFile'),
  };
  let connection: Connection | undefined;
  try {
    connection = createConnection(flags, context);
    const options = { timeoutMs: ASK_TIMEOUT_MS, signal: context.signal };
    return await ask(connection, options);
  } catch {
    return [];
  } finally {
    connection?.drop();
  }
}

/** In any case: statuses are written in any. */
function startingWith(begun: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ value }) => value.toLowerCase().startsWith(begun.toLowerCase()));
}
