import type { CompletionCommand } from "./describe-program.ts";

/** Words only: no quoting is needed, because names of commands, options and choices are plain words. */
export function bashCompletion(commands: readonly CompletionCommand[]): string {
  const all = commands.flatMap((command) => command.options);
  const longsOf = (keep: (option: (typeof all)[number]) => boolean) =>
    [...new Set(all.filter(keep).map(({ long }) => long))].join("|");
  const files = longsOf((option) => option.takesFile);
  const values = longsOf((option) => option.takesValue && !option.takesFile);
  return `# bash completion for tidemark
_tidemark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" word i
  COMPREPLY=()
  case "$previous" in
${caseOf(files, 'COMPREPLY=($(compgen -f -- "$current")); return')}${caseOf(values, "return")}  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${commands.map(({ name }) => name).join("|")}) command="$word"; break ;;
    esac
  done
  case "$command" in
    "") COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version --config --json --verbose" -- "$current")) ;;
${commands.map(wordsOf).join("\n")}
  esac
}
complete -o filenames -F _tidemark tidemark
`;
}

function caseOf(pattern: string, action: string): string {
  return pattern === "" ? "" : `    ${pattern}) ${action} ;;\n`;
}

function wordsOf({ name, options, choices }: CompletionCommand): string {
  const words = [...choices, ...options.map(({ long }) => long)].join(" ");
  return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$current")) ;;`;
}
