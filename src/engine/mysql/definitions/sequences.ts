import { tableLabel, type TableId } from "../../../core/shape.ts";
import type { DefinedObject, DefinedSequence } from "../../definitions.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { type RunQuery, textOf } from "./query.ts";

export interface Sequence {
  readonly object: DefinedObject;
  readonly sequence: Omit<DefinedSequence, "columns">;
}

/** MariaDB's CREATE SEQUENCE, with the first number that no session has put aside. */
export async function readSequence(
  query: RunQuery,
  of: {
    readonly schema: string;
    readonly name: string;
    readonly table: TableId;
  },
): Promise<Sequence> {
  const { schema, name } = of;
  const id = quoteQualified(schema, name);
  const [shown] = await query(`SHOW CREATE SEQUENCE ${id}`);
  const [state] = await query(
    `SELECT next_not_cached_value, increment FROM ${id}`,
  );
  return {
    object: {
      id,
      kind: "sequence",
      name: tableLabel({ namespace: schema, name }),
      phase: "structure",
      within: schema,
      statements: [textOf(shown?.[1])],
      needs: [`schema ${quoteIdentifier(schema)}`],
    },
    sequence: {
      sequence: of.table,
      namespace: schema,
      name,
      increment: textOf(state?.[1]),
      lastValue: textOf(state?.[0]),
      isCalled: false,
    },
  };
}
