import { readFile } from "node:fs/promises";

/** What a reader types or pastes, in order. */
export type ReadmeStep =
  | { readonly kind: "shell"; readonly line: string }
  | { readonly kind: "sql"; readonly statement: string };

/** The code blocks below one heading of README.md, line by line. */
export async function readmeSteps(heading: string): Promise<ReadmeStep[]> {
  const text = await readFile("README.md", "utf8");
  const section = text.split(/^## /m).find((each) => each.startsWith(heading));
  if (section === undefined) throw new Error(`README.md has no ${heading}`);
  return [...section.matchAll(/^```(sh|sql)\n(.*?)^```$/gms)].flatMap(
    ([, language, body = ""]): ReadmeStep[] =>
      language === "sql"
        ? [{ kind: "sql", statement: body }]
        : body
            .trim()
            .split("\n")
            .map((line) => ({ kind: "shell", line })),
  );
}
