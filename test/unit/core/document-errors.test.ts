import { format } from "prettier";
import { expect, test } from "vitest";
import { documentErrors } from "../../support/document-errors.ts";

// `vitest -u` writes the page anew.
test("docs/errors.md is what the comments of the codes say", async () => {
  await expect(
    await format(documentErrors(), { parser: "markdown" }),
  ).toMatchFileSnapshot("../../../docs/errors.md");
});
