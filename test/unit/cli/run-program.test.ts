import { describe, expect, test } from "vitest";
import type { CommandContext } from "../../../src/cli/context.ts";
import type { DefineCommand } from "../../../src/cli/program.ts";
import { TidemarkError } from "../../../src/core/errors.ts";
import { captureCli } from "../../support/capture-cli.ts";

/** A program with one command `work` that does what the test says. */
function work(
  action: (context: CommandContext) => unknown,
): readonly DefineCommand[] {
  return [
    (program, context) =>
      void program.command("work").action(async () => {
        await action(context);
      }),
  ];
}

const gap = new TidemarkError("ARCHIVE_GAP", "nothing covers 812…840", {
  hint: "take a base",
  details: { from: 812n, to: 840n },
});

describe("an answer", () => {
  const commands = work(({ output }) => {
    output.say("the plan");
    output.result({ rows: 3, big: 2n ** 63n }, () => "3 rows");
  });

  test("is text for people", async () => {
    const { stdout, stderr, exitCode } = await captureCli(["work"], {
      commands,
    });
    expect(stdout).toBe("the plan\n3 rows\n");
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  test.each([[["work", "--json"]], [["--json", "work"]]])(
    "is one document with %j",
    async (argv) => {
      const { stdout } = await captureCli(argv, { commands });
      expect(stdout).toBe(
        '{"tidemark":1,"command":"work","rows":3,"big":"9223372036854775808"}\n',
      );
    },
  );

  test("may end with a code of its own", async () => {
    const { exitCode } = await captureCli(["work"], {
      commands: work((context) => context.exitWith(10)),
    });
    expect(exitCode).toBe(10);
  });
});

describe("a stream", () => {
  const commands = work(({ output }) => {
    const stream = output.stream();
    stream.write({ seq: 1 }, () => "one");
    stream.write({ seq: 2 }, () => "two");
    stream.end({ through: 2 }, () => "2 transactions");
  });

  test("is a line per record and an end line", async () => {
    const { stdout } = await captureCli(["work", "--json"], { commands });
    expect(stdout).toBe(
      '{"seq":1}\n{"seq":2}\n{"tidemark":1,"command":"work","end":true,"records":2,"through":2}\n',
    );
  });

  test("is text for people", async () => {
    const { stdout } = await captureCli(["work"], { commands });
    expect(stdout).toBe("one\ntwo\n2 transactions\n");
  });

  test("that breaks ends with an error document", async () => {
    const { stdout, exitCode } = await captureCli(["work", "--json"], {
      commands: work(({ output }) => {
        output.stream().write({ seq: 1 }, () => "one");
        throw gap;
      }),
    });
    const [record, end] = stdout.trimEnd().split("\n");
    expect(record).toBe('{"seq":1}');
    expect(JSON.parse(end ?? "")).toMatchObject({
      tidemark: 1,
      command: "work",
      error: { code: "ARCHIVE_GAP" },
    });
    expect(exitCode).toBe(7);
  });
});

describe("an error", () => {
  const commands = work(() => {
    throw gap;
  });

  test("is printed with code and hint, on stderr", async () => {
    const { stdout, stderr, exitCode } = await captureCli(["work"], {
      commands,
    });
    expect(stderr).toBe(
      "error ARCHIVE_GAP: nothing covers 812…840\nhint: take a base\n",
    );
    expect(stdout).toBe("");
    expect(exitCode).toBe(7);
  });

  test("is a document too with --json", async () => {
    const { stdout, stderr } = await captureCli(["work", "--json"], {
      commands,
    });
    expect(stderr).toContain("error ARCHIVE_GAP");
    expect(JSON.parse(stdout)).toEqual({
      tidemark: 1,
      command: "work",
      error: {
        code: "ARCHIVE_GAP",
        exitCode: 7,
        message: "nothing covers 812…840",
        hint: "take a base",
        details: { from: "812", to: "840" },
      },
    });
  });

  test("that nobody foresaw is INTERNAL, and --verbose tells where from", async () => {
    const surprise = work(() => {
      throw new RangeError("surprise", { cause: new Error("below") });
    });
    const brief = await captureCli(["work"], { commands: surprise });
    expect(brief.exitCode).toBe(1);
    expect(brief.stderr).toContain("error INTERNAL: surprise\nhint: ");
    expect(brief.stderr).not.toContain("run-program.test.ts");
    const verbose = await captureCli(["work", "--verbose"], {
      commands: surprise,
    });
    expect(verbose.stderr).toContain("run-program.test.ts");
    expect(verbose.stderr).toContain("caused by Error: below");
  });
});

describe("a wrong command line is USAGE", () => {
  test.each([
    [[], "no command was given"],
    [["inti"], "unknown command 'inti'"],
    [["init", "--form-env", "X"], "unknown option '--form-env'"],
    [["init", "--from-env"], "option '--from-env <name>' argument missing"],
    [["completion"], "missing required argument 'shell'"],
    [["completion", "csh"], "Allowed choices are bash, zsh, fish"],
    [["init", "surplus"], "too many arguments"],
  ])("%j", async (argv, message) => {
    const { stderr, stdout, exitCode } = await captureCli(argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error USAGE: .*\nhint: .*\n$/m);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  });

  test("names what was meant", async () => {
    const { stderr } = await captureCli(["init", "--form-env", "X"]);
    expect(stderr).toContain("hint: Did you mean --from-env?");
  });

  test("is a document of the right command", async () => {
    const { stdout } = await captureCli(["--json", "init", "--nope"]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "init",
      error: { code: "USAGE", exitCode: 2 },
    });
    const later = await captureCli([
      "--json",
      "windows",
      "a",
      "--identity",
      "x",
    ]);
    expect(JSON.parse(later.stdout)).toMatchObject({
      command: "windows",
      error: { code: "NOT_IN_THIS_VERSION", exitCode: 2 },
    });
  });

  test("an unknown command is told where the known ones are", async () => {
    const { stderr } = await captureCli(["obliterate"]);
    expect(stderr).toContain("hint: `tidemark --help`");
  });
});

describe("a signal", () => {
  const stopped = (name: string) =>
    new TidemarkError("CANCELLED", `stopped by ${name}`, {
      details: { signal: name },
    });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("%s ends the work with %i", async (name, exitCode) => {
    const controller = new AbortController();
    const ended = await captureCli(["work", "--json"], {
      signal: controller.signal,
      commands: work(({ signal }) => {
        controller.abort(stopped(name));
        // As a driver does: it has words of its own for an abort.
        throw new Error("query failed", {
          cause: new DOMException(`aborted: ${signal.aborted}`, "AbortError"),
        });
      }),
    });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(`error CANCELLED: stopped by ${name}`);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { exitCode } });
  });

  test("does not hide a failure on the way out", async () => {
    const controller = new AbortController();
    const { exitCode, stderr } = await captureCli(["work"], {
      signal: controller.signal,
      commands: work(() => {
        controller.abort(stopped("SIGTERM"));
        throw new TidemarkError("DISK_FULL", "no room for the last append");
      }),
    });
    expect(exitCode).toBe(8);
    expect(stderr).toContain("DISK_FULL");
  });

  test("that the work came to terms with is no error", async () => {
    const controller = new AbortController();
    const { exitCode, stderr } = await captureCli(["work"], {
      signal: controller.signal,
      commands: work(() => controller.abort(stopped("SIGTERM"))),
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
  });
});

test.each([
  [{}, true],
  [{ NO_COLOR: "" }, true],
  [{ NO_COLOR: "1" }, false],
  [{ TERM: "dumb" }, false],
])("colours on a terminal with %j: %s", async (env, coloured) => {
  const { stderr } = await captureCli(["nothing"], { env, answers: [] });
  expect(stderr.includes("\u001b[31m")).toBe(coloured);
});

test("no colours elsewhere", async () => {
  const { stderr } = await captureCli(["nothing"]);
  expect(stderr).not.toContain("\u001b");
});

test("logs go to stderr as JSON lines, secrets left out", async () => {
  const { stderr, stdout } = await captureCli(["work", "--json"], {
    commands: work(({ logger }) => {
      logger.debug({}, "not shown");
      logger.warn({ source: "orders", password: "SECRET" }, "late");
    }),
  });
  expect(JSON.parse(stderr)).toMatchObject({
    level: "warn",
    msg: "late",
    source: "orders",
  });
  expect(stderr).not.toContain("SECRET");
  expect(stdout).toBe("");
});

test("--verbose logs more", async () => {
  const { stderr } = await captureCli(["work", "--verbose"], {
    commands: work(({ logger }) => logger.debug({}, "shown")),
  });
  expect(stderr).toContain("shown");
});

test("on a terminal logs are lines for people", async () => {
  const { stderr } = await captureCli(["work"], {
    answers: [],
    commands: work(({ logger }) =>
      logger.warn({ source: "orders", text: "a b", n: 3 }, "late"),
    ),
  });
  expect(stderr).toMatch(
    /^\d\d:\d\d:\d\d warn {2}late {2}source=orders {2}text="a b" {2}n=3\n$/,
  );
});

test("the configuration is read once, when it is asked for", async () => {
  const { exitCode, stderr } = await captureCli(
    ["work", "--config", "/nowhere/tidemark.yaml"],
    {
      commands: work(async (context) => {
        expect(context.configPath).toBe("/nowhere/tidemark.yaml");
        expect(context.config()).toBe(context.config());
        await context.config();
      }),
    },
  );
  expect(exitCode).toBe(2);
  expect(stderr).toContain("error CONFIG: there is no /nowhere/tidemark.yaml");
});

describe("what destroys asks first", () => {
  const erase = (yes: boolean) =>
    work(async ({ prompt, signal, output }) => {
      await prompt.confirm(
        { text: "orders will be dropped", word: "orders", yes },
        signal,
      );
      output.say("dropped");
    });
  const question = "Type orders to go on:";

  test("and goes on when the word is typed", async () => {
    const { stdout, exitCode } = await captureCli(["work"], {
      commands: erase(false),
      answers: [[question, "orders"]],
    });
    expect(stdout).toBe("dropped\n");
    expect(exitCode).toBe(0);
  });

  test.each(["", "y", "yes", "order"])(
    "and stops when %j is typed",
    async (line) => {
      const { stdout, exitCode, stderr } = await captureCli(["work"], {
        commands: erase(false),
        answers: [[question, line]],
        env: { NO_COLOR: "1" },
      });
      expect(stdout).toBe("");
      expect(stderr).toContain("error CANCELLED: not confirmed");
      expect(exitCode).toBe(130);
    },
  );

  test("refuses where nobody can answer", async () => {
    const { stdout, exitCode, stderr } = await captureCli(["work"], {
      commands: erase(false),
    });
    expect(stdout).toBe("");
    expect(stderr).toContain("hint: --yes confirms");
    expect(exitCode).toBe(2);
  });

  test("and not with --yes", async () => {
    const { stdout } = await captureCli(["work"], { commands: erase(true) });
    expect(stdout).toBe("dropped\n");
  });
});
