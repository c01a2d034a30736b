import { Command, Option } from "commander";
import { benchCapture } from "./capture.ts";
import { benchKafka } from "./kafka.ts";
import { benchLatency } from "./latency.ts";
import { benchMysqlCapture } from "./mysql-capture.ts";
import { benchMysqlRestore } from "./mysql-restore.ts";
import { benchRestore } from "./restore.ts";
import { benchS3 } from "./s3.ts";
import { LOADS, SIZES, type LoadName, type Size } from "./support/loads.ts";

const program = new Command("bench").description(
  "Benchmarks: each prints its peer or limit, measured in the same run on the same data, as a ratio.",
);

for (const [name, bench] of [
  ["capture", benchCapture],
  ["mysql-capture", benchMysqlCapture],
] as const) {
  program
    .command(name)
    .addOption(new Option("--load <name>").choices(LOADS).default("inserts"))
    .addOption(
      new Option("--size <name>").choices(Object.keys(SIZES)).default("medium"),
    )
    .option("--runs <n>", "drains of each kind", Number, 3)
    .action((options: { load: LoadName; size: Size; runs: number }) =>
      bench(options),
    );
}

program
  .command("restore")
  .option("--rows <n>", "rows in two tables", Number, 2_000_000)
  .option(
    "--updates <n...>",
    "full-table UPDATEs since the base",
    (text: string, before?: number[]) => [...(before ?? []), Number(text)],
  )
  .option("--runs <n>", "restores of each", Number, 3)
  .action((options: { rows: number; updates?: number[]; runs: number }) =>
    benchRestore({ ...options, updates: options.updates ?? [1, 4] }),
  );

program
  .command("mysql-restore")
  .option("--rows <n>", "rows in two tables", Number, 2_000_000)
  .option("--changes <n>", "updates since the base", Number, 1_000_000)
  .option("--replayed <n>", "of them by mysqlbinlog, too", Number, 100_000)
  .option("--runs <n>", "restores and loads, in turn", Number, 3)
  .action(benchMysqlRestore);

program
  .command("latency")
  .option("--seconds <n>", "how long", Number, 60)
  .action((options: { seconds: number }) => benchLatency(options));

program
  .command("s3")
  .option("--segments <n>", "files of 32 MiB", Number, 8)
  .option("--runs <n>", "uploads of each kind, in turn", Number, 5)
  .action((options: { segments: number; runs: number }) => benchS3(options));

program
  .command("kafka")
  .option("--mib <n>", "of parts in each run", Number, 128)
  .option("--runs <n>", "of each kind, in turn", Number, 5)
  .action((options: { mib: number; runs: number }) => benchKafka(options));

await program.parseAsync();
