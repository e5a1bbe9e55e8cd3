// `openk completion`: the script that makes a shell complete the commands. The script asks `openk complete` at each key press,
// so that it fits whatever version is installed.
import { Argument, type Command } from 'commander';
import { complete } from './complete.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

/** Where nothing is found, names of files are completed. */
const SCRIPTS = {
  bash: `# bash completion for openk, made by \`openk completion bash\`
_openk() {
  local line=\${COMP_LINE:0:COMP_POINT} candidate
  local word=\${line##*[[:space:]]}
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    # Bash completes what is behind the = alone.
    [[ $word == --*=* ]] && candidate=\${candidate#*=}
    COMPREPLY+=("$candidate")
  done < <("$1" complete "$line" 2>/dev/null)
}
complete -o default -F _openk openk
`,
  zsh: `#compdef openk
# zsh completion for openk, made by \`openk completion zsh\`
_openk() {
  local candidate description
  local -a candidates
  while IFS=$'\\t' read -r candidate description; do
    candidates+=("\${candidate//:/\\\\:}:$description")
  done < <($words[1] complete "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)
  if (( $#candidates )); then
    _describe openk candidates
  else
    _files
  fi
}
if [[ $funcstack[1] == _openk ]]; then
  _openk "$@"
else
  compdef _openk openk
fi
`,
  fish: `# fish completion for openk, made by \`openk completion fish\`
function __openk_complete
    set -l found (openk complete (commandline -cp) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c openk -f -a '(__openk_complete)'
`,
} as const;
type Shell = keyof typeof SCRIPTS;

const HELP = `
Completes commands, flags, their values, and ids of components where a server answers
within a second: the one of --server on the line, else of OPENK_SERVER.

Exit codes:
  0  printed
  2  wrong usage

Examples:
  source <(openk completion bash)      in ~/.bashrc
  source <(openk completion zsh)       in ~/.zshrc, after compinit
  openk completion fish > ~/.config/fish/completions/openk.fish
`;

export function addCompletionCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const { stdout, signal } = context;
  const completion = program
    .command('completion')
    .summary('print a script that completes commands in a shell')
    .description('Prints a script that makes a shell complete the commands.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      await write(stdout, SCRIPTS[shell], signal);
      exitWith(EXIT.ok);
    });
  const ask = program
    .command('complete', { hidden: true })
    .description('Prints what may come next on a command line, for the scripts of `openk completion`.')
    .argument('<line>', 'the command line up to the cursor')
    .action(async (line: string) => {
      const candidates = await complete(program, line, context);
      await write(stdout, candidates.map(({ value, description }) => `${value}\t${description}\n`).join(''), signal);
      exitWith(EXIT.ok);
    });
  for (const command of [completion, ask]) onWrongUsage(command, EXIT.unusable);
}
