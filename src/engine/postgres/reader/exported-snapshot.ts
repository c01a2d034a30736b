import { randomBytes } from "node:crypto";
import { TidemarkError } from "../../../core/errors.ts";
import { parseLsn } from "../../../core/position.ts";
import { PostgresConnection, type PostgresAddress } from "../connection.ts";

/**
 * A temporary slot's exported snapshot: all transactions whose commit ends at or before `lsn`, and no other. (A plain
 * repeatable-read snapshot may be no prefix of the commit order: a commit that waits for a synchronous standby is in the
 * stream and invisible.) It dies with the next command on its connection, so that connection stays open and idle.
 */
export class ExportedSnapshot implements AsyncDisposable {
  readonly lsn: bigint;
  readonly name: string;
  /** Of the server that made it: no other one knows its name. */
  readonly server: {
    readonly systemIdentifier: string;
    readonly timeline: number;
  };
  private readonly connection: PostgresConnection;

  private constructor(
    connection: PostgresConnection,
    facts: Pick<ExportedSnapshot, "lsn" | "name" | "server">,
  ) {
    this.connection = connection;
    this.server = facts.server;
    this.lsn = facts.lsn;
    this.name = facts.name;
  }

  /** Throws BASE_UNSETTLED, naming who writes, when open transactions hold the slot's creation up. */
  static async open(
    address: PostgresAddress,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ExportedSnapshot> {
    const connection = await PostgresConnection.open(
      address,
      { name: "snapshot", replication: true },
      signal,
    );
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const stop = () => connection.destroy();
    limit.addEventListener("abort", stop, { once: true });
    try {
      const system = await connection.queryOne<{
        systemid: string;
        timeline: number | string;
      }>("IDENTIFY_SYSTEM");
      const slot = `tidemark_tmp_${randomBytes(8).toString("hex")}`;
      const row = await connection.queryOne<{
        consistent_point: string;
        snapshot_name: string;
      }>(
        `CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`,
      );
      return new ExportedSnapshot(connection, {
        lsn: parseLsn(row.consistent_point),
        name: row.snapshot_name,
        server: {
          systemIdentifier: system.systemid,
          timeline: Number(system.timeline),
        },
      });
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      signal.throwIfAborted();
      throw limit.aborted ? await unsettled(address, timeoutMs, signal) : error;
    } finally {
      limit.removeEventListener("abort", stop);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connection[Symbol.asyncDispose]();
  }
}

async function unsettled(
  address: PostgresAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TidemarkError> {
  await using connection = await PostgresConnection.open(
    address,
    { name: "admin" },
    signal,
  );
  const writers = await connection.query<{
    pid: number;
    seconds: number;
    application: string;
  }>(
    `SELECT pid, extract(epoch FROM now() - xact_start)::int AS seconds, application_name AS application
       FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 5`,
  );
  const list = writers.map(
    (w) => `pid ${w.pid} (${w.application || "?"}, open for ${w.seconds} s)`,
  );
  return new TidemarkError(
    "BASE_UNSETTLED",
    `no snapshot within ${timeoutMs / 1000} s: it waits for every open writing transaction` +
      (list.length > 0 ? `: ${list.join(", ")}` : ""),
    { hint: "end those transactions, or try again when they have ended" },
  );
}
