import type { Output } from "../output.ts";
import { formatDuration } from "../terminal.ts";

/** What a program reads of a step. */
export interface StepRecord {
  readonly step: string;
  readonly tookMs: number;
  /** As a user would type them. */
  readonly commands: readonly string[];
}

/** Tells the demo: numbered steps, the commands in them, the time of each. With --json it only keeps the records. */
export class Story {
  readonly steps: StepRecord[] = [];
  private readonly output: Output;
  private readonly startedMs = performance.now();
  private commands: string[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  get tookMs(): number {
    return Math.round(performance.now() - this.startedMs);
  }

  /** Times `work` under a heading. */
  async step<T>(
    heading: { readonly step: string; readonly title: string },
    work: () => Promise<T>,
  ): Promise<T> {
    const { output } = this;
    const { colors } = output;
    const startedMs = performance.now();
    output.say(
      `\n${colors.bold(colors.cyan(`${this.steps.length + 1}. ${heading.title}`))}`,
    );
    this.commands = [];
    const result = await work();
    const tookMs = Math.round(performance.now() - startedMs);
    this.steps.push({
      step: heading.step,
      tookMs,
      commands: this.commands,
    });
    output.say(`   ${colors.green("✓")} ${colors.dim(formatDuration(tookMs))}`);
    return result;
  }

  /** A line of the story. */
  tell(text: string): void {
    this.output.say(indent(text));
  }

  /** A command line, before it runs. */
  command(line: string): void {
    this.commands.push(line);
    this.output.say(indent(`${this.output.colors.dim("$")} ${line}`));
  }

  /** What a command printed, with the lines that matter standing out. */
  printed(
    text: string,
    matters: (line: string) => boolean = () => false,
  ): void {
    if (text.trim() === "") return;
    const { colors } = this.output;
    this.output.say(
      text
        .trimEnd()
        .split("\n")
        .map(
          (line) =>
            `  ${matters(line) ? colors.yellow(line) : colors.dim(line)}`,
        )
        .map(indent)
        .join("\n"),
    );
  }
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `   ${line}`))
    .join("\n");
}
