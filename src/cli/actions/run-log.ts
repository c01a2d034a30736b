import type { ArchiveLocation } from "../../config/config.ts";
import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import type { Point } from "../../core/point.ts";
import type { SourceName } from "../../core/source-name.ts";
import { contextFilter } from "../../history/context-filter.ts";
import { resolveRange } from "../../history/log-range.ts";
import { RowKey } from "../../history/row-key.ts";
import {
  checkTables,
  readTransactionLog,
} from "../../history/transaction-log.ts";
import type { LoggedTransaction } from "../../history/transaction-tally.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import type { TableName } from "../options.ts";
import { LOG_HEADING, printChange, printTransaction } from "../print-log.ts";
import { formatCount } from "../terminal.ts";
import { openArchive } from "../wiring.ts";

export interface LogCommandOptions {
  readonly from?: Point;
  readonly to?: Point;
  readonly table?: readonly TableName[];
  readonly key?: readonly string[];
  readonly context?: string;
  readonly limit?: number;
  readonly changes?: true;
  readonly all?: true;
  readonly archive?: ArchiveLocation;
}

export async function runLog(
  options: LogCommandOptions & { readonly source: SourceName },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const tables = options.table?.map(
    ({ namespace, name }) => `${namespace}.${name}`,
  );
  if (options.key !== undefined && tables === undefined) {
    throw new TidemarkError("USAGE", "--key does not say of which table", {
      hint: "add --table schema.table",
    });
  }
  await using archive = await openArchive(
    options.source,
    options.archive,
    context,
  );
  await using work = await openWorkFolder();
  const { state } = archive.catalog;
  const reading = { state, store: archive.store, workFolder: work.path };
  checkTables(state, tables ?? []);
  const range = await resolveRange(
    reading,
    { from: options.from, to: options.to, now: context.clock.now() },
    signal,
  );
  const key = options.key && new RowKey(options.key);
  const log = readTransactionLog(
    reading,
    {
      ...range,
      tables: tables && new Set(tables),
      key,
      context:
        options.context === undefined
          ? undefined
          : contextFilter(options.context),
      own: options.all === true,
      limit: options.limit,
    },
    signal,
  );
  const stream = output.stream();
  let transactions = 0;
  output.say(output.colors.dim(LOG_HEADING));
  for await (const { transaction, changes } of log) {
    transactions += 1;
    stream.write(describeTransaction(transaction), () =>
      printTransaction(transaction, output.colors),
    );
    if (!options.changes) continue;
    for await (const change of changes()) {
      stream.write({ ...change }, () => printChange(change, output.colors));
    }
  }
  // A misspelt column must not end as an answer, though it shows only here.
  key?.checkFitted();
  stream.end({ source: options.source, ...range, transactions }, () =>
    printEnd(transactions, range),
  );
}

/** Row changes and truncations are told by their key `change`, transactions by `xid`. */
function describeTransaction(transaction: LoggedTransaction) {
  const { committedAt, rawCommittedAt, moreEvents, ...facts } = transaction;
  return {
    ...facts,
    committedAt: formatInstant(committedAt),
    rawCommittedAt: formatInstant(rawCommittedAt),
    ...(moreEvents === 0 ? {} : { moreEvents }),
  };
}

function printEnd(
  transactions: number,
  range: { readonly fromSeq: number; readonly throughSeq: number },
): string {
  const where =
    range.fromSeq > range.throughSeq
      ? "the range is empty"
      : `of seq ${range.fromSeq}…${range.throughSeq}`;
  return `${formatCount(transactions)} transactions, ${where}`;
}
