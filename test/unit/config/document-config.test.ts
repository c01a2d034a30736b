import { format } from "prettier";
import { expect, test } from "vitest";
import { documentConfig } from "../../../src/config/document-config.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";

// `vitest -u` writes the page anew.
test("docs/configuration.md is what the schema says", async () => {
  await expect(
    await format(documentConfig(), { parser: "markdown" }),
  ).toMatchFileSnapshot("../../../docs/configuration.md");
});

test("the file shown on the page loads", () => {
  const [, yaml] = /```yaml\n([^]*?)```/.exec(documentConfig()) ?? [];
  const config = parseConfig({
    path: "/etc/tidemark/tidemark.yaml",
    text: yaml ?? "",
    env: { ORDERS_URL: "postgres://tidemark@localhost/orders" },
  });
  expect([...config.sources.keys()]).toEqual(["orders"]);
});
