import { CommanderError } from "commander";
import { TidemarkError } from "../core/errors.ts";

/** What commander threw: it has printed what was asked for, or the command line is wrong. */
export function translateCommanderError(
  error: CommanderError,
): "printed" | TidemarkError {
  if (error.exitCode === 0) return "printed";
  if (error.code === "commander.help") {
    return new TidemarkError("USAGE", "no command was given", {
      hint: "`tidemark --help` lists them",
    });
  }
  const [message = "", guess] = error.message
    .replace(/^error: /, "")
    .split("\n");
  const help =
    error.code === "commander.unknownCommand"
      ? "`tidemark --help` lists the commands"
      : "`--help` after a command shows how it is used";
  return new TidemarkError("USAGE", message, {
    hint: guess === undefined ? help : guess.replace(/^\((.*)\)$/, "$1"),
    cause: error,
  });
}

export function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}
