import type { Change } from "../../src/core/change.ts";
import type { TableFilter } from "../../src/core/shape.ts";
import type { SourceItem, SourcePart } from "../../src/engine/change-source.ts";
import { MessageReader } from "../../src/engine/postgres/source/messages/reader.ts";
import { PgoutputDecoder } from "../../src/engine/postgres/source/pgoutput-decoder.ts";
import { readByAvsc } from "./avsc-changes.ts";

export type PartItem = Extract<SourceItem, { kind: "part" }>;

/** A decoder that keeps what it gives out. */
export function openDecoder(includes: TableFilter = () => true) {
  const items: SourceItem[] = [];
  const decoder = new PgoutputDecoder({
    types: new Map([
      [20, "int8"],
      [25, "text"],
      [1700, "numeric"],
    ]),
    includes,
    emit: (item) => items.push(item),
  });
  return {
    decoder,
    items,
    decode: (...messages: readonly Buffer[]) => {
      for (const message of messages)
        decoder.decode(new MessageReader(message));
      return partsOf(items);
    },
  };
}

export function partsOf(items: readonly SourceItem[]): PartItem[] {
  return items.filter((item) => item.kind === "part");
}

/** The changes of all parts, with values as text: what another reader of the published schema sees. */
export function changesOf(parts: readonly SourcePart[]): Change[] {
  return parts.flatMap(readByAvsc);
}

/** As a change has it. */
export function row(...values: readonly (string | null | symbol)[]) {
  return values.map((value) =>
    typeof value === "string" ? Buffer.from(value) : value,
  );
}
