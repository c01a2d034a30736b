import { join } from "node:path";
import type { DatabaseLogin } from "../../config/database-login.ts";
import type { CommandContext } from "../context.ts";
import { formatCount } from "../terminal.ts";
import type { DemoDirectory } from "./demo-directory.ts";
import { openEmbeddedPostgres } from "./embedded-postgres.ts";
import { withPatience } from "./patience.ts";
import { MysqlOrders } from "./mysql-orders.ts";
import { openServices, type Services, type ShopSize } from "./services.ts";
import { openShop, SERVICES, type Shop } from "./shop.ts";
import { typeCommand, type Stage } from "./stage.ts";
import type { Story } from "./story.ts";
import { runTidemark } from "./tidemark-process.ts";
import { TidemarkService } from "./tidemark-service.ts";
import type { Traffic } from "./traffic.ts";

/** Minutes on a slow machine take less; only what hangs takes longer. */
export const PATIENCE_MS = 120_000;
export const MARKER = "before-lunch";

/** One server and two services with a database each; all of it closes with the stack. */
export async function openTheShop(
  place: {
    readonly directory: DemoDirectory;
    readonly size: ShopSize;
    /** A server for the orders; undefined: the same as for the users. */
    readonly mysql: DatabaseLogin | undefined;
    readonly keep: boolean;
    readonly stack: AsyncDisposableStack;
  },
  story: Story,
  { env, signal, output }: CommandContext,
): Promise<{ readonly shop: Shop; readonly services: Services }> {
  const { directory, size, stack, keep } = place;
  return story.step(
    {
      step: "shop",
      title:
        place.mysql === undefined
          ? "A shop: one Postgres, two services"
          : "A shop: two services, on Postgres and on MySQL",
    },
    async () => {
      const dataDirectory = join(directory.path, "postgres");
      const server = stack.use(
        await openEmbeddedPostgres({ dataDirectory }, signal),
      );
      const mysql =
        place.mysql &&
        stack.use(await MysqlOrders.open(place.mysql, keep, signal));
      const shop = await openShop(
        { server, mysql, directory: directory.path, env },
        signal,
      );
      const services = stack.use(await openServices(shop, size, signal));
      const count = output.colors.bold(formatCount(size.orders));
      story.tell(
        `Postgres 18 on port ${server.port}, installed from npm, all in ${directory.path}\n` +
          `service users   database users:  ${formatCount(size.users)} users\n` +
          `service orders  ${shop.orders.place}: ${count} orders and their items`,
      );
      return { shop, services };
    },
  );
}

/** What a user does once: the configuration is there, each source is prepared, the service runs. */
export async function beginHistory(
  stage: Stage,
  stack: AsyncDisposableStack,
): Promise<TidemarkService> {
  const { story, shop, context } = stage;
  return story.step(
    { step: "history", title: "Tidemark begins to keep their history" },
    async () => {
      story.tell(
        "tidemark.yaml names both databases, a journal and an archive.",
      );
      for (const name of SERVICES) await typeCommand(stage, ["prepare", name]);
      if (shop.orders instanceof MysqlOrders) {
        // The server is the user's: what `prepare` made there goes again, when the service has ended.
        const forget = ["forget", "orders", "--yes"];
        stack.defer(() => forgetOrders(stage, forget));
      }
      story.command("tidemark run &");
      const service = stack.use(new TidemarkService(shop.shell));
      const patience = withPatience(context.signal, PATIENCE_MS);
      for (const name of SERVICES) {
        await service.until(
          ({ msg, source }) => msg === "base taken" && source === name,
          patience,
        );
      }
      story.tell(
        "It has taken a base of each, and follows every transaction since.",
      );
      return service;
    },
  );
}

/** Some seconds of it, and a name for the moment. */
export async function business(
  stage: Stage,
  traffic: Traffic,
  seconds: number,
): Promise<void> {
  const { story, context } = stage;
  await story.step(
    { step: "business", title: "Business as usual" },
    async () => {
      await traffic.runFor(seconds * 500, context.signal);
      await typeCommand(stage, ["mark", MARKER]);
      await traffic.runFor(seconds * 500, context.signal);
      story.tell(
        `People sign up, order, pay; parcels leave: ${formatCount(traffic.count)} transactions so far.`,
      );
    },
  );
}

/** After the end of the demo, however it came to it. */
async function forgetOrders(
  { shop }: Stage,
  forget: readonly string[],
): Promise<void> {
  await runTidemark(forget, shop.shell, AbortSignal.timeout(PATIENCE_MS));
}
