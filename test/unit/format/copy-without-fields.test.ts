import fc from "fast-check";
import { expect, test } from "vitest";
import { copyWithoutFields } from "../../../src/format/copy-without-fields.ts";

test("rows keep the other fields, wherever chunks and rows are cut", async () => {
  const rows = fc.integer({ min: 1, max: 5 }).chain((fields) =>
    fc.record({
      isLeftOut: fc.array(fc.boolean(), {
        minLength: fields,
        maxLength: fields,
      }),
      rows: fc.array(
        fc.array(fc.constantFrom("", "a", "\\N", "\\t\\\\", "ü".repeat(9)), {
          minLength: fields,
          maxLength: fields,
        }),
      ),
      cuts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(rows, async ({ isLeftOut, rows: all, cuts }) => {
      const kept = all.map((row) => row.filter((_, n) => !isLeftOut[n]));
      expect(await strip(textOf(all), isLeftOut, cuts)).toBe(textOf(kept));
    }),
  );
});

test.each([
  ["few", "a\n"],
  ["many", "a\tb\tc\n"],
])("a row of too %s fields is refused", async (_, text) => {
  await expect(strip(text, [true, false], [100])).rejects.toThrow(RangeError);
});

function textOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}

async function strip(
  text: string,
  isLeftOut: readonly boolean[],
  cuts: readonly number[],
): Promise<string> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let from = 0, n = 0; from < bytes.length; n++) {
      const size = cuts[n % cuts.length] ?? 1;
      yield bytes.subarray(from, from + size);
      from += size;
    }
  }
  const out: Buffer[] = [];
  for await (const chunk of copyWithoutFields(chunks(), isLeftOut))
    out.push(chunk);
  return Buffer.concat(out).toString();
}
