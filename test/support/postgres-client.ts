import { randomBytes } from "node:crypto";
import { Client } from "pg";

export type TestClient = Client & AsyncDisposable;

/** A connection that closes itself with its scope. `replication` speaks the replication protocol as well as SQL. */
export async function connectClient(
  url: string,
  options: { readonly replication?: boolean } = {},
): Promise<TestClient> {
  const client = new Client({
    connectionString: url,
    // node-postgres passes it on as it is; its types do not know it.
    ...(options.replication === true ? { replication: "database" } : {}),
  });
  // A query that is under way rejects by itself; an idle connection may go down with a server that a test kills.
  client.on("error", () => undefined);
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end(),
  });
}

export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString("hex")}`;
}

/** Makes an empty database with a name of its own. */
export async function createDatabaseAt(maintenanceUrl: string) {
  const name = uniqueName("test");
  await using client = await connectClient(maintenanceUrl);
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  return name;
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
