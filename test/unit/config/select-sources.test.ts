import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/parse-config.ts";
import {
  findSource,
  selectSources,
} from "../../../src/config/select-sources.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { caught } from "../../support/caught.ts";

const archive = "archive: [{ directory: a }]\n";
const none = parseConfig({ path: "/t.yaml", env: {}, text: archive });
const two = parseConfig({
  path: "/t.yaml",
  env: {},
  text: `${archive}sources:
  users: { postgres: "postgres://u@db/users" }
  orders: { postgres: "postgres://u@db/orders" }
`,
});
const names = (texts: readonly string[]) => texts.map(parseSourceName);

test("the sources named, in that order, or all in the order of the file", () => {
  const chosen = (texts: readonly string[]) =>
    selectSources(two, names(texts)).map(({ name }) => name);
  expect(chosen(["orders", "users"])).toEqual(["orders", "users"]);
  expect(chosen(["orders"])).toEqual(["orders"]);
  expect(chosen([])).toEqual(["users", "orders"]);
});

test("a source that is not there is answered with the nearest", async () => {
  const error = await caught(() => findSource(two, parseSourceName("order")));
  expect(error).toMatchObject({ code: "NOT_FOUND", hint: "nearest: orders" });
});

test("no source at all is not success", async () => {
  expect((await caught(() => selectSources(none, []))).code).toBe("NOT_FOUND");
});
