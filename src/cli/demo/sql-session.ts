/** Plain SQL on one connection: what the demo's services and its own looking need. */
export interface SqlSession extends AsyncDisposable {
  /** Rows of one statement, or of the last of several. */
  query<Row extends SqlRow>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>;
}

export type SqlRow = Record<string, unknown>;

/** Runs `work` between BEGIN and COMMIT; a failure rolls back. */
export async function inTransaction<T>(
  session: SqlSession,
  work: () => Promise<T>,
): Promise<T> {
  await session.query("BEGIN");
  try {
    const result = await work();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    // What went wrong first is what counts; a connection that is gone rolls back by itself.
    await session.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
