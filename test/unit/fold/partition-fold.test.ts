import { describe, expect, it } from "vitest";
import type { Value } from "../../../src/core/change.ts";
import { KeyedFold } from "../../../src/fold/keyed-fold.ts";
import {
  FILL,
  FORWARD,
  LEAVE,
  arrivalKind,
  destinationRow,
} from "../../../src/fold/keyed-note.ts";
import { PARTIAL, STAYS } from "../../../src/fold/keyed-rows.ts";
import { KeyOfLine } from "../../../src/fold/line-keys.ts";
import { MemoryBudget } from "../../../src/fold/memory-budget.ts";
import { PartitionFold } from "../../../src/fold/partition-fold.ts";
import { RowSink } from "../../../src/fold/row-sink.ts";
import { spillHash } from "../../../src/fold/spill-hash.ts";
import {
  SpillNotes,
  emptyNote,
  type SpillNote,
} from "../../../src/fold/spill-notes.ts";
import { SpillSpace } from "../../../src/fold/spill-space.ts";
import { AvroWriter } from "../../../src/format/avro-writer.ts";
import { writeValue } from "../../../src/format/change-codec.ts";
import type { Span } from "../../../src/format/span.ts";
import { after, orders } from "../../support/sample-fold.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

const MEMORY_BYTES = 64 * 1024;
/** Into so many a partition is split in that memory. */
const CHILDREN = 4;
/** Does not fit beside two rows. */
const LONG = "x".repeat(24 * 1024);

function spanOf(values: readonly Value[]): Span {
  const out = new AvroWriter(64);
  for (const value of values) writeValue(out, value);
  return { bytes: out.view(), from: 0, to: out.size };
}

const keyOf = (id: string) => spanOf(after(id));
const rowOf = (...values: string[]) => spanOf(after(...values));

/** The n-th id whose key is in that child. */
function idIn(child: number, n: number): string {
  const ids = Array.from({ length: 200 }, (_, id) => `${id}`).filter(
    (id) => (spillHash(keyOf(id), 1) & (CHILDREN - 1)) === child,
  );
  return ids[n] as string;
}

const arrival = (
  id: string,
  of: { how: number; link?: number; row: Span },
): SpillNote => ({
  kind: arrivalKind(of.how),
  link: of.link ?? 0,
  key: keyOf(id),
  row: of.row,
});
const fill = (id: string, link: number, row: Span): SpillNote => ({
  kind: FILL,
  link,
  key: keyOf(id),
  row,
});
const forward = (
  id: string,
  link: number,
  to: { id: string; link: number },
): SpillNote => ({
  kind: FORWARD,
  link,
  key: keyOf(id),
  row: destinationRow({ key: keyOf(to.id), link: to.link }),
});

interface Folded {
  readonly lines: string[];
  readonly splits: number;
}

/** Visits the partition as often as something was sent to what was folded already. */
function foldPartition(
  folder: string,
  of: {
    readonly notes: readonly SpillNote[];
    readonly sent: readonly SpillNote[];
    readonly base?: string;
  },
): Folded {
  const budget = new MemoryBudget(MEMORY_BYTES);
  using space = new SpillSpace({ folder, budget, tables: 1 });
  const written = (from: readonly SpillNote[]): SpillNotes => {
    const notes = new SpillNotes({ file: space.file, budget, blockBytes: 256 });
    for (const note of from) notes.write(note);
    return notes;
  };
  const sink = new RowSink();
  let sent = written(of.sent);
  let notes = written(of.notes);
  const fold: PartitionFold = new PartitionFold({
    ...{ space, sink, counts: { replaced: 0, removed: 0, added: 0 } },
    keys: new KeyOfLine(orders),
    newRows: () =>
      new KeyedFold({
        ...{ shape: orders, budget, seq: 1, links: { last: 100 } },
        send: (note) => {
          if (!fold.deliver(note)) sent.write(note);
        },
      }),
    later: (note) => {
      notes.write(note);
    },
  });
  const lines = (of.base ?? "").split(/(?<=\n)/).filter(Boolean);
  const bases = lines.map((line) => {
    const bytes = Buffer.from(line);
    return { ...emptyNote(), row: { bytes, from: 0, to: bytes.length } };
  });
  let base: SpillNotes | undefined = written(bases);
  do {
    const visit = { notes, sent, base };
    notes = written([]);
    sent = written([]);
    base = undefined;
    fold.fold(visit).forEach(() => undefined);
  } while (sent.bytes > 0);
  const text = Buffer.concat(sink.finish()).toString();
  return { lines: text.split("\n").filter(Boolean), splits: space.splits };
}

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length === 0) return [[]];
  return of.flatMap((one, n) =>
    permutations(of.toSpliced(n, 1)).map((others) => [one, ...others]),
  );
}

describe("fold of a partition", () => {
  // A row that came from `second`, where it came from `third`; what each of the three keys had for it is still on its way.
  const places = [0, 1].flatMap((a) =>
    [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c] as const)),
  );

  it.each(places)(
    "fills a row with the newest of what is sent to it over keys in parts %i, %i and %i, in whichever order it is sent",
    async (a, b, c) => {
      await using folder = await tempDirectory();
      const first = idIn(a, 0);
      const second = idIn(b, 1);
      const third = idIn(c, 2);
      const notes = [
        arrival(first, { how: PARTIAL, link: 1, row: rowOf(first, "U", "U") }),
        forward(second, 2, { id: first, link: 1 }),
        forward(third, 3, { id: second, link: 2 }),
      ];
      const fills = [
        fill(first, 1, rowOf(second, "newest", "U")),
        fill(second, 2, rowOf(third, "older", "U")),
        fill(third, 3, rowOf("0", "oldest", "TOAST")),
      ];
      for (const order of permutations(fills)) {
        const { lines, splits } = foldPartition(folder.path, {
          ...{ notes, sent: order },
        });
        expect(lines).toEqual([`${first}\tnewest\tTOAST`]);
        expect(splits).toBe(0);
        // Memory ends before each of them, in a part with the row or in another one.
        for (const child of [0, 1, 2])
          for (let at = 0; at <= order.length; at++) {
            const long = fill(idIn(child, 3), 9, rowOf("0", LONG, "x"));
            const sent = order.toSpliced(at, 0, long);
            const found = foldPartition(folder.path, { notes, sent });
            expect(found.lines).toEqual([`${first}\tnewest\tTOAST`]);
            expect(found.splits).toBeGreaterThan(0);
          }
      }
    },
  );

  it("fills a row from the base over two keys that are folded with it", async () => {
    await using folder = await tempDirectory();
    const { lines } = foldPartition(folder.path, {
      notes: [
        arrival("1", { how: PARTIAL, link: 1, row: rowOf("1", "newest", "U") }),
        forward("2", 2, { id: "1", link: 1 }),
        { kind: LEAVE, link: 2, key: keyOf("3"), row: keyOf("2") },
      ],
      sent: [fill("1", 1, rowOf("2", "older", "U"))],
      base: "3\toldest\tTOAST\n",
    });
    expect(lines).toEqual(["1\tnewest\tTOAST"]);
  });

  it("keeps a row at a key that another one passed, when memory ends between the two", async () => {
    await using folder = await tempDirectory();
    const stays = idIn(0, 0);
    const long = idIn(1, 0);
    const moved = idIn(1, 1);
    const { lines, splits } = foldPartition(folder.path, {
      notes: [
        arrival(stays, { how: STAYS, row: rowOf(stays, "a", "b") }),
        arrival(moved, { how: PARTIAL, link: 1, row: rowOf(moved, "c", "U") }),
        arrival(long, { how: 0, row: rowOf(long, LONG, "") }),
        forward(stays, 2, { id: moved, link: 1 }),
      ],
      sent: [fill(stays, 2, rowOf("0", "x", "TOAST"))],
      base: `${stays}\told\told\n`,
    });
    expect(lines.toSorted()).toEqual(
      [`${stays}\ta\tb`, `${moved}\tc\tTOAST`, `${long}\t${LONG}\t`].toSorted(),
    );
    expect(splits).toBeGreaterThan(0);
  });
});
