import type { DatabaseLogin } from "../../config/database-login.ts";
import { TidemarkError } from "../../core/errors.ts";
import type { CommandContext } from "../context.ts";
import { parseTarget } from "../parse-target.ts";
import { formatDuration, formatPairs } from "../terminal.ts";
import {
  investigate,
  prove,
  restoreOrders,
  theMistake,
} from "./chapters-after.ts";
import { beginHistory, business, openTheShop } from "./chapters-before.ts";
import { openDemoDirectory } from "./demo-directory.ts";
import { userOf } from "./find-mistake.ts";
import type { ShopSize } from "./services.ts";
import { Story } from "./story.ts";
import { TIDEMARK } from "./tidemark-process.ts";
import { Traffic } from "./traffic.ts";

export interface DemoOptions extends ShopSize {
  readonly directory?: string;
  readonly keep?: true;
  /** TARGET: a server of MySQL or MariaDB for the orders. */
  readonly mysql?: string;
  /** Of traffic before the mistake. */
  readonly seconds: number;
}

/**
 * A shop, its history, a mistake, and the way back: with a Postgres of its own and the commands that a user would type. All
 * that it starts and makes is gone when this returns or throws, but for a directory that is to be kept.
 */
export async function runDemo(
  options: DemoOptions,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const story = new Story(output);
  output.say(
    output.colors.bold("Tidemark: the day somebody forgets the WHERE"),
  );
  const told = await play(options, story, context);
  const totalMs = story.tookMs;
  output.result({ ...told, steps: story.steps, totalMs }, () =>
    closing({ ...told, totalMs }, story, context),
  );
}

/** Resolves when everything has been stopped and removed. */
async function play(
  options: DemoOptions,
  story: Story,
  context: CommandContext,
) {
  const keep = options.keep === true;
  const mysql = await parseMysql(options.mysql, context);
  await using directory = await openDemoDirectory({ ...options, keep });
  await using stack = new AsyncDisposableStack();
  const { shop, services } = await openTheShop(
    { directory, size: options, mysql, keep, stack },
    story,
    context,
  );
  const stage = { shop, story, context };
  const service = await beginHistory(stage, stack);
  await using traffic = new Traffic(services.clients);
  await business(stage, traffic, options.seconds);
  const mistake = await theMistake(stage, traffic);
  const found = await investigate(stage, service, mistake);
  await restoreOrders(stage, found.seq);
  const outcome = await prove(stage, mistake);
  // Here and not with the stack, so that a service that does not end well fails the demo.
  await service.stop();
  return {
    ...(keep ? { directory: directory.path } : {}),
    mistake: {
      seq: found.seq,
      committedAt: found.committedAt,
      user: userOf(found),
      rows: mistake.rows,
    },
    restored: { equal: true, ...outcome },
  };
}

async function parseMysql(
  text: string | undefined,
  context: CommandContext,
): Promise<DatabaseLogin | undefined> {
  if (text === undefined) return undefined;
  const login = await parseTarget(text, {
    env: context.env,
    config: () => context.config(),
  });
  if (login.engine === "mysql") return login;
  throw new TidemarkError("USAGE", `${login.label} is no MySQL server`, {
    hint: "--mysql mysql://user@host:3306/, with the password in MYSQL_PWD",
  });
}

function closing(
  told: Awaited<ReturnType<typeof play>> & { readonly totalMs: number },
  story: Story,
  { output: { colors } }: CommandContext,
): string {
  const { directory, mistake, totalMs } = told;
  const took = new Map(story.steps.map(({ step, tookMs }) => [step, tookMs]));
  const time = (...steps: readonly string[]) =>
    formatDuration(steps.reduce((sum, step) => sum + (took.get(step) ?? 0), 0));
  return [
    "",
    colors.bold(
      colors.green(
        `Found in ${time("log")}, restored in ${time("restore")}, proved in ${time("proof")}: ${time("log", "restore", "proof")} from the warehouse's call to a proven copy.`,
      ),
    ),
    `The whole demo took ${formatDuration(totalMs)}. Everything that it started was stopped.`,
    "",
    ...(directory === undefined
      ? ["Its directory is gone; with --keep it stays, to look around in."]
      : lookAround(directory, mistake.seq)),
    "Next, in README.md: “Five minutes with your own database”, “The day the host is gone”.",
  ].join("\n");
}

/** An archive tells all this without its database, its configuration or a server. */
function lookAround(directory: string, seq: number): readonly string[] {
  const archive = `--archive ${directory}/tidemark/archive`;
  return [
    `Its directory is ${directory}. The archive in it needs no database to be read:`,
    `  alias tidemark='${TIDEMARK}'`,
    formatPairs([
      [`  tidemark windows orders ${archive}`, "what can be restored"],
      [
        `  tidemark log orders --from seq:${seq} ${archive}`,
        "what came after the mistake",
      ],
    ]),
  ];
}
