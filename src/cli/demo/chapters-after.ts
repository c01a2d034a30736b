import { formatCount, formatTable } from "../terminal.ts";
import { MARKER, PATIENCE_MS } from "./chapters-before.ts";
import {
  excerpt,
  findMistake,
  userOf,
  type LoggedTransaction,
} from "./find-mistake.ts";
import { MISTAKE, type Mistake } from "./orders-database.ts";
import { withPatience } from "./patience.ts";
import { proveEqual, proveNextOrder, type Proof } from "./prove-equal.ts";
import { typeCommand, type Stage } from "./stage.ts";
import { runTidemark } from "./tidemark-process.ts";
import type { TidemarkService } from "./tidemark-service.ts";
import type { Traffic } from "./traffic.ts";

/** While the shop is open; it stays open for a while after, and closes when the parcels stop. */
export async function theMistake(
  stage: Stage,
  traffic: Traffic,
): Promise<Mistake> {
  const { story, shop, context } = stage;
  const { colors } = context.output;
  return story.step({ step: "mistake", title: "The mistake" }, async () => {
    const { orders } = shop;
    story.tell(
      `Somebody means to cancel one order:\n${colors.dim(orders.prompt)} ${MISTAKE};`,
    );
    const mistake = await orders.makeMistake(context.signal);
    story.tell(
      `${colors.red(`UPDATE ${mistake.rows}`)}  ← every order of the shop`,
    );
    const before = traffic.count;
    await traffic.runFor(1_000, context.signal);
    await traffic.stop();
    story.tell(
      `Nobody notices at first: ${formatCount(traffic.count - before)} more transactions. Then the warehouse has nothing to ship.`,
    );
    return mistake;
  });
}

/** The log of the history tells which transaction it was, and whose. */
export async function investigate(
  stage: Stage,
  service: TidemarkService,
  mistake: Mistake,
): Promise<LoggedTransaction> {
  const { story, shop, context } = stage;
  return story.step(
    { step: "log", title: "What happened to the orders?" },
    async () => {
      const log = ["log", "orders", "--from", `marker:${MARKER}`];
      const found = await findMistake(
        { shell: shop.shell, service, log, rows: mistake.rows },
        withPatience(context.signal, PATIENCE_MS),
      );
      const { seq } = found;
      story.command(`tidemark ${log.join(" ")}`);
      const printed = await runTidemark(log, shop.shell, context.signal);
      const matters = (line: string) => line.split(/\s+/).includes(String(seq));
      story.printed(excerpt(printed, matters), matters);
      story.tell(
        `Transaction ${context.output.colors.bold(String(seq))} changed ${formatCount(found.rows)} rows at once; it was ${userOf(found) ?? "somebody without a name"}.`,
      );
      return found;
    },
  );
}

/** Beside the broken one: the restore refuses to write where something is. */
export async function restoreOrders(stage: Stage, seq: number): Promise<void> {
  const { story, shop, context } = stage;
  await story.step(
    { step: "restore", title: "Orders, as they were just before it" },
    async () => {
      await typeCommand({ story, shop, context }, [
        "restore",
        "orders",
        "--at",
        `before:${seq}`,
        "--into",
        shop.orders.restoreInto,
      ]);
    },
  );
}

export interface Outcome extends Proof {
  readonly nextOrder: number;
  readonly statuses: readonly {
    readonly status: string;
    readonly before: number;
    readonly afterMistake: number;
    readonly restored: number;
  }[];
}

/** The database itself compares: Tidemark's own code has no part in it. */
export async function prove(stage: Stage, mistake: Mistake): Promise<Outcome> {
  const { story, shop, context } = stage;
  const { colors } = context.output;
  return story.step(
    { step: "proof", title: "Is that really what it was?" },
    async () => {
      const { signal } = context;
      const { orders } = shop;
      const proof = proveEqual(
        mistake.before,
        await orders.fingerprintRestored(signal),
      );
      const nextOrder = proveNextOrder(await orders.tryNextOrder(signal));
      const after = await orders.countStatuses("orders", signal);
      const now = await orders.countStatuses("restored", signal);
      const statuses = [...mistake.statusesBefore].map(([status, before]) => ({
        status,
        before,
        afterMistake: after.get(status) ?? 0,
        restored: now.get(status) ?? 0,
      }));
      story.tell(
        `In the very transaction of the mistake, right before it, the demo had ${orders.engine} compute a SHA-256 of every table. Now again:`,
      );
      story.tell(
        formatTable(
          [
            { title: "status" },
            { title: "before", align: "right" },
            { title: "after the mistake", align: "right" },
            { title: "restored", align: "right" },
          ],
          statuses.map(({ status, before, afterMistake, restored: is }) => [
            status,
            formatCount(before),
            afterMistake === before
              ? formatCount(afterMistake)
              : colors.red(formatCount(afterMistake)),
            colors.green(formatCount(is)),
          ]),
        ),
      );
      story.tell("\n");
      story.tell(
        formatTable(
          [
            { title: "table" },
            { title: "rows", align: "right" },
            { title: "SHA-256 before" },
            { title: "restored" },
          ],
          proof.tables.map(({ table, rows, sha256 }) => [
            table,
            formatCount(rows),
            sha256.slice(0, 16),
            `${sha256.slice(0, 16)} ${colors.green("equal")}`,
          ]),
        ),
      );
      story.tell(
        `${proof.definitions} columns, keys, indexes, views and types: ${colors.green("equal")}. The next order there would get number ${formatCount(nextOrder)}.`,
      );
      return { ...proof, nextOrder, statuses };
    },
  );
}
