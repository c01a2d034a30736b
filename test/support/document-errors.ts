import ts from "typescript";
import { ERROR_CODES, type ErrorCode } from "../../src/core/errors.ts";
import { readSourceFiles } from "./source-files.ts";

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done, complete, verified"],
  ["1", "anything else"],
  ["2", "the command line or the configuration is wrong"],
  ["3", "differences found, or `check` has warnings only"],
  ["4", "preflight failed; nothing was changed"],
  ["6", "not found"],
  ["7", "the point cannot be reached"],
  ["8", "a server or a store cannot be reached"],
  ["9", "verification failed"],
  ["10", "`status`: degraded; `mark`: written, and not archived yet"],
  ["130, 143", "stopped by SIGINT, SIGTERM"],
];

/** docs/errors.md, from the comments above each code in src/core/errors.ts. Throws when a code has none. */
export function documentErrors(): string {
  const comments = readComments();
  const sections = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const comment = comments.get(code);
    if (comment === undefined) throw new Error(`${code} is not documented`);
    return `## ${code}\n\n${comment}\n\nExit code ${ERROR_CODES[code]}.\n`;
  });
  return [
    "# Errors",
    "Every error is printed as `error CODE: what and where` and `hint: what now`. With `--json` it is a document too, see [cli-json.md](cli-json.md). The codes are stable. This page is generated from the comments in `src/core/errors.ts`.",
    "| exit code | meaning |\n| --- | --- |",
    ...sections,
  ]
    .join("\n\n")
    .replace(
      "| --- | --- |\n",
      `| --- | --- |\n${EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |\n`).join("")}`,
    );
}

function readComments(): ReadonlyMap<string, string> {
  const file = readSourceFiles("src/core").find(
    ({ path }) => path === "src/core/errors.ts",
  );
  const comments = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
      const text = ts
        .getJSDocCommentsAndTags(node)
        .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? "")
        .join(" ");
      if (text !== "") comments.set(node.name.text, text);
    }
    ts.forEachChild(node, visit);
  };
  if (file !== undefined) visit(file.tree);
  return comments;
}
