import type {
  CompletionCommand,
  CompletionOption,
} from "./describe-program.ts";

export function zshCompletion(commands: readonly CompletionCommand[]): string {
  return `#compdef tidemark
_tidemark() {
  local context state line
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    ${quote(`${name}:${description.replaceAll(":", "\\:")}`)}`).join("\n")}
  )
  _arguments -C '1:command:->command' '*::argument:->arguments'
  case "$state" in
    command) _describe command commands ;;
    arguments)
      case "$words[1]" in
${commands.map(caseOf).join("\n")}
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_tidemark" ]; then
  _tidemark "$@"
else
  compdef _tidemark tidemark
fi
`;
}

function caseOf({ name, options, choices }: CompletionCommand): string {
  const specs = options.map(specOf);
  specs.push(
    quote(
      choices.length > 0 ? `1:choice:(${choices.join(" ")})` : "*:argument:",
    ),
  );
  return `        ${name}) _arguments ${specs.join(" ")} ;;`;
}

/** `--option[description]:value:_files`, see zshcompsys(1), _arguments. */
function specOf(option: CompletionOption): string {
  const description = option.description.replace(/[[\]\\:]/g, "\\$&");
  const value = !option.takesValue
    ? ""
    : option.takesFile
      ? ":file:_files"
      : ":value:";
  return quote(`${option.long}[${description}]${value}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
