import type { Definitions } from "../../../src/engine/definitions.ts";
import { readDefinitions } from "../../../src/engine/postgres/definitions/read-definitions.ts";
import type { TestClient } from "../../support/postgres-client.ts";

/** Every object of a database as its statements, without what names it by number; in the transaction that is open. */
export async function listDefinitions(
  reader: TestClient,
): Promise<ReadonlyMap<string, string>> {
  const definitions = await readDefinitions(
    async (sql, parameters) =>
      (
        await reader.query<Record<string, unknown>>(sql, [
          ...(parameters ?? []),
        ])
      ).rows,
    { include: () => true },
  );
  return describeDefinitions(definitions);
}

function describeDefinitions(
  definitions: Definitions,
): ReadonlyMap<string, string> {
  const described = new Map<string, string>();
  for (const {
    phase,
    kind,
    name,
    statements,
    optional,
  } of definitions.objects) {
    const label = `${kind} ${name} (${phase})`;
    const before = described.get(label);
    const text = [optional === true ? "optional" : "", ...statements];
    described.set(
      label,
      [before, ...text].filter((line) => line !== undefined).join("\n"),
    );
  }
  return described;
}
