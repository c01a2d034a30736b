import type { z } from "zod";
import { TidemarkError } from "../core/errors.ts";
import { nearest } from "./nearest.ts";
import { configSchema } from "./schema.ts";
import { keysAt, schemaKeys } from "./schema-keys.ts";
import type { KeyPath, YamlFile } from "./yaml-file.ts";

interface Problem {
  readonly line: number;
  readonly key: string;
  readonly text: string;
}

/** All that is wrong with a file, one line each, in the order of the file. */
export function describeIssues(
  file: YamlFile,
  issues: readonly z.core.$ZodIssue[],
): TidemarkError {
  const problems = issues
    .flatMap((issue) => problemsOf(file, issue))
    .sort((a, b) => a.line - b.line)
    // What is wrong in kind fails every later check of it as well: the first of them says enough.
    .filter(
      ({ key }, n, all) => all.findIndex((each) => each.key === key) === n,
    );
  const lines = problems.map(
    ({ line, text }) => `${file.path}:${line}: ${text}`,
  );
  return new TidemarkError("CONFIG", lines.join("\n"), {
    hint: "docs/configuration.md lists every key",
    details: {
      path: file.path,
      problems: problems.map(({ line, key, text }) => ({ line, key, text })),
    },
  });
}

function problemsOf(
  file: YamlFile,
  issue: z.core.$ZodIssue,
): readonly Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      line: file.lineOf([...path, key]),
      key: [...path, key].join("."),
      text: unknownKey(path, key),
    }));
  }
  const key = path.join(".");
  const text =
    issue.code === "invalid_key" ? nameProblem(issue) : wording(file, issue);
  return [
    {
      line: file.lineOf(path),
      key,
      text: key === "" ? text : `${key}: ${text}`,
    },
  ];
}

function nameProblem(issue: z.core.$ZodIssueInvalidKey): string {
  return issue.issues[0]?.message ?? issue.message;
}

/** A key that is not there is said to be missing, whatever its value would have to be. */
function wording(file: YamlFile, issue: z.core.$ZodIssue): string {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const missing =
    issue.code === "invalid_type" && path.length > 0 && !isThere(file, path);
  if (missing) return `is missing; ${issue.message}`;
  if (issue.code === "invalid_type" && issue.expected === "object")
    return `expected some of the keys ${keysAt(configSchema, path).join(", ")}`;
  return issue.message.startsWith("Invalid input: ")
    ? issue.message.slice("Invalid input: ".length)
    : issue.message;
}

function isThere(file: YamlFile, path: KeyPath): boolean {
  const wanted = path.join("\0");
  for (const each of file.paths()) if (each.join("\0") === wanted) return true;
  return false;
}

function unknownKey(path: KeyPath, key: string): string {
  const place = path.length === 0 ? "" : ` in ${path.join(".")}`;
  const unknown = `unknown key "${key}"${place}`;
  const known = keysAt(configSchema, path);
  const close = nearest(key, known);
  if (close !== undefined) return `${unknown}; nearest: ${close}`;
  const elsewhere = schemaKeys(configSchema)
    .filter((each) => each.key === key)
    .map((each) => each.path)
    .toArray();
  return elsewhere.length > 0
    ? `${unknown}; it belongs in ${elsewhere.join(" or ")}`
    : `${unknown}; known: ${known.join(", ")}`;
}
