import { Command } from "commander";
import { describe, expect, test } from "vitest";
import {
  archiveOption,
  atOption,
  dryRunOption,
  fromOption,
  identityOption,
  intoOption,
  memoryOption,
  sourceArgument,
  sourcesArgument,
  tableOption,
  yesOption,
} from "../../../src/cli/options.ts";
import { assignTargets, parseInto } from "../../../src/cli/parse-into.ts";
import { parseSourceName } from "../../../src/core/source-name.ts";
import { caught } from "../../support/caught.ts";

function command(): Command {
  return new Command("restore").exitOverride().configureOutput({
    writeErr: () => undefined,
  });
}

test("options are parsed to what a command works with", () => {
  const restore = command()
    .addArgument(sourcesArgument("some"))
    .addOption(archiveOption())
    .addOption(identityOption())
    .addOption(atOption())
    .addOption(intoOption())
    .addOption(tableOption("only this table"))
    .addOption(memoryOption("512MiB"))
    .addOption(dryRunOption())
    .addOption(yesOption());
  restore.parse(
    [
      "orders",
      "users",
      "orders",
      "--archive=/a/b",
      "--at=before:812",
      "--into=orders=scratch",
      "--into=users=env:USERS_URL",
      "--table=public.orders",
      "--table=public.with.dot",
      "--dry-run",
    ],
    { from: "user" },
  );
  expect(restore.processedArgs).toEqual([["orders", "users"]]);
  expect(restore.opts()).toEqual({
    archive: { directory: "/a/b" },
    at: { kind: "before", seq: 812 },
    into: [
      { source: "orders", target: "scratch" },
      { source: "users", target: "env:USERS_URL" },
    ],
    table: [
      { namespace: "public", name: "orders" },
      { namespace: "public", name: "with.dot" },
    ],
    memory: 536_870_912,
    dryRun: true,
  });
});

test("--memory takes what is enough for any number of changes", () => {
  const restore = command().addOption(memoryOption("512MiB"));
  restore.parse(["--memory", "1MiB"], { from: "user" });
  expect(restore.opts()).toEqual({ memory: 1_048_576 });
});

test("--archive takes a place in S3", () => {
  const parsed = (text: string) =>
    command()
      .addOption(archiveOption())
      .parse(["--archive", text], { from: "user" })
      .opts();
  expect(parsed("s3://backups")).toMatchObject({
    archive: { s3: { bucket: "backups", prefix: "", pathStyle: undefined } },
  });
  const query =
    "region=eu-west-1&endpoint=https%3A%2F%2Fs3.example.net&pathStyle=true";
  expect(parsed(`s3://backups/tidemark/eu/?${query}`)).toMatchObject({
    archive: {
      s3: {
        bucket: "backups",
        prefix: "tidemark/eu",
        region: "eu-west-1",
        endpoint: "https://s3.example.net",
        pathStyle: true,
      },
    },
  });
});

test("--archive takes a file URL", () => {
  const windows = command().addOption(archiveOption());
  windows.parse(["--archive", "file:///a%20b"], { from: "user" });
  expect(windows.opts()).toEqual({ archive: { directory: "/a b" } });
});

test("--at may have a default", () => {
  const verify = command().addOption(atOption("latest"));
  verify.parse([], { from: "user" });
  expect(verify.opts()).toEqual({ at: { kind: "latest" } });
});

describe("what cannot be meant is refused", () => {
  test.each([
    [["--identity", "key.txt"], "NOT_IN_THIS_VERSION"],
    [["--archive", "s3://"], "USAGE"],
    [["--archive", "s3://B/prefix"], "USAGE"],
    [["--archive", "s3://bucket//a"], "USAGE"],
    [["--archive", "s3://bucket?pathStyle=yes"], "USAGE"],
    [["--archive", "s3://bucket?endpoint=https://a:b@c"], "USAGE"],
    [["--archive", "s3://bucket?storageClass=STANDARD"], "USAGE"],
    [["--archive", "https://host/x"], "USAGE"],
    [["--archive", ""], "USAGE"],
    [["--archive", "file://host/x"], "USAGE"],
    [["--from", "yesterday"], "USAGE"],
    [["--table", "orders"], "USAGE"],
    [["--memory", "1GB"], "USAGE"],
    [["--memory", "1023KiB"], "USAGE"],
    [["Orders"], "USAGE"],
  ])("%j", async (argv, code) => {
    const any = command()
      .argument("[x]")
      .addOption(archiveOption())
      .addOption(identityOption())
      .addOption(fromOption())
      .addOption(tableOption(""))
      .addOption(memoryOption("1GiB"));
    const withSource = command().addArgument(sourceArgument());
    const error = await caught(() =>
      (argv[0] === "Orders" ? withSource : any).parse(argv, { from: "user" }),
    );
    expect(error.code).toBe(code);
  });
});

describe("--into", () => {
  const orders = parseSourceName("orders");
  const users = parseSourceName("users");

  test.each([
    ["scratch", undefined, "scratch"],
    ["orders=scratch", "orders", "scratch"],
    ["env:A=B", undefined, "env:A=B"],
    ["orders=env:A", "orders", "env:A"],
    [
      "postgres://u@h/d?sslmode=require",
      undefined,
      "postgres://u@h/d?sslmode=require",
    ],
    [
      "users=postgres://u@h/d?sslmode=require",
      "users",
      "postgres://u@h/d?sslmode=require",
    ],
  ])("%s", (text, source, target) => {
    expect(parseInto(text)).toEqual({ source, target });
  });

  test("goes to the one source, or to the ones named", () => {
    expect(assignTargets([orders], [parseInto("t")])).toEqual(
      new Map([[orders, "t"]]),
    );
    expect(
      assignTargets([orders, users], ["users=t2", "orders=t1"].map(parseInto)),
    ).toEqual(
      new Map([
        [users, "t2"],
        [orders, "t1"],
      ]),
    );
  });

  test.each([
    [[], "missing for orders"],
    [["t"], "does not say for which source"],
    [["postgres://u:SECRET@h/d"], "does not say for which source"],
    [["orders=t"], "missing for users"],
    [["orders=t", "orders=t2"], "twice"],
    [["orders=t", "users=t"], "one target"],
    [["orders=t", "other=t2"], "not restored"],
  ])("%j for two sources is refused", async (texts, why) => {
    const error = await caught(() =>
      assignTargets([orders, users], texts.map(parseInto)),
    );
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(why);
    expect(error.message).not.toContain("SECRET");
  });

  test("without a target is refused", async () => {
    expect((await caught(() => parseInto("orders="))).code).toBe("USAGE");
  });
});
