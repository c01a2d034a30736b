import { describe, expect, test } from "vitest";
import { sample, verify } from "../../support/verify-sample.ts";

type Key = keyof Awaited<ReturnType<typeof sample>>["keys"];

const AFFECTED: Readonly<Record<Key, object>> = {
  segment: { restores: { fromSeq: 1, throughSeq: 1 } },
  second: { restores: { fromSeq: 3, throughSeq: null } },
  part: {
    restores: { fromSeq: 2, throughSeq: null },
    tables: ["public.orders"],
  },
  manifest: {
    restores: { fromSeq: 2, throughSeq: null },
    tables: ["public.orders", "public.items"],
  },
  definitions: { restores: { fromSeq: 2, throughSeq: null } },
};
const KEYS = Object.keys(AFFECTED) as Key[];

/** Every damage to one object is found, told of that object alone, with what needs it. */
async function expectFinding(
  key: Key,
  damage: (bytes: Buffer, others: ReadonlyMap<string, Uint8Array>) => Buffer,
  code = "ARCHIVE_DAMAGED",
) {
  const { store, keys } = await sample();
  const object = keys[key];
  const bytes = Buffer.from(store.objects.get(object) ?? []);
  const damaged = damage(bytes, store.objects);
  expect(damaged.equals(bytes)).toBe(false);
  store.objects.set(object, damaged);
  const report = await verify(store);
  expect(report.findings).toEqual([
    {
      code,
      object,
      message: expect.stringContaining(object) as string,
      affects: AFFECTED[key],
    },
  ]);
}

describe("an object that is", () => {
  test.each(KEYS)("missing: %s", async (key) => {
    const { store, keys } = await sample();
    store.objects.delete(keys[key]);
    const report = await verify(store);
    expect(report.findings).toMatchObject([
      {
        code: "OBJECT_MISSING",
        object: keys[key],
        affects: AFFECTED[key],
      },
    ]);
  });

  test.each(KEYS)("truncated: %s", (key) =>
    expectFinding(key, (bytes) => bytes.subarray(0, -7)),
  );

  test.each(KEYS)("longer: %s", (key) =>
    expectFinding(key, (bytes) => Buffer.concat([bytes, Buffer.from("x")])),
  );

  test.each(KEYS)("flipped at any byte: %s", async (key) => {
    // Each is an archive of its own, and their sizes differ by a few bytes.
    for (const from of [0, 0.1, 0.5, 0.9, 1]) {
      await expectFinding(key, (bytes) => {
        const flipped = Buffer.from(bytes);
        const at = Math.floor((bytes.length - 1) * from);
        flipped[at] = (flipped[at] ?? 0) ^ 0x10;
        return flipped;
      });
    }
  });

  test.each([
    ["segment", "second"],
    ["second", "segment"],
    ["part", "manifest"],
    ["manifest", "definitions"],
  ] as const)("swapped with another: %s with %s", async (key, other) => {
    const { keys } = await sample();
    await expectFinding(key, (_, objects) => {
      // The same archive is built anew: names with a hash of random bytes in them differ.
      const found = [...objects.keys()].find((each) =>
        key === "segment" || key === "second"
          ? each.includes(/\d{20}-\d{20}/.exec(keys[other])?.[0] ?? "?")
          : each === keys[other],
      );
      return Buffer.from(objects.get(found ?? "") ?? []);
    });
  });
});

test("every damaged object is listed, not only the first", async () => {
  const { store, keys } = await sample();
  for (const key of KEYS) store.objects.delete(keys[key]);
  const { findings } = await verify(store);
  // Without its manifest nothing names the parts.
  expect(findings.map(({ object }) => object).sort()).toEqual(
    KEYS.filter((key) => key !== "part")
      .map((key) => keys[key])
      .sort(),
  );
});
