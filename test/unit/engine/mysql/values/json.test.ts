import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonDouble } from "../../../../../src/engine/mysql/values/json-double.ts";
import { JsonText } from "../../../../../src/engine/mysql/values/write-json.ts";

type Json =
  | null
  | boolean
  | string
  | { readonly int: bigint }
  | { readonly opaque: number; readonly bytes: Buffer }
  | readonly Json[]
  | { readonly members: readonly (readonly [string, Json])[] };

/** Type and value as the server stores them; containers in the large form where asked, or where they do not fit into the small one. */
function encode(value: Json, large: boolean): Buffer {
  if (value === null) return Buffer.from([4, 0]);
  if (typeof value === "boolean") return Buffer.from([4, value ? 1 : 2]);
  if (typeof value === "string")
    return Buffer.concat([Buffer.from([12]), withLength(Buffer.from(value))]);
  if ("int" in value) return encodeInteger(value.int);
  if ("opaque" in value) {
    const head = Buffer.from([15, value.opaque]);
    return Buffer.concat([head, withLength(value.bytes)]);
  }
  const members = "members" in value ? value.members : undefined;
  const elements =
    members?.map(([, each]) => each) ?? (value as readonly Json[]);
  const keys = members?.map(([key]) => Buffer.from(key)) ?? [];
  const width = large ? 4 : 2;
  const head =
    2 * width + keys.length * (width + 2) + elements.length * (width + 1);
  let offset = head;
  const keyEntries = keys.map((key) => {
    const entry = Buffer.concat([number(offset, width), number(key.length, 2)]);
    offset += key.length;
    return entry;
  });
  const bodies: Buffer[] = [];
  const valueEntries = elements.map((element) => {
    const encoded = encode(element, large);
    const type = encoded[0] as number;
    const inline = [4, 5, 6].includes(type) || (large && [7, 8].includes(type));
    if (inline) {
      const cell = Buffer.alloc(1 + width);
      encoded.copy(cell);
      return cell;
    }
    const entry = Buffer.concat([
      encoded.subarray(0, 1),
      number(offset, width),
    ]);
    bodies.push(encoded.subarray(1));
    offset += encoded.length - 1;
    return entry;
  });
  if (!large && offset > 0xffff) return encode(value, true);
  const type = (members === undefined ? 2 : 0) + (large ? 1 : 0);
  return Buffer.concat([
    Buffer.from([type]),
    number(elements.length, width),
    number(offset, width),
    ...keyEntries,
    ...valueEntries,
    ...keys,
    ...bodies,
  ]);
}

function encodeInteger(value: bigint): Buffer {
  const fits = [
    [5, 16, true],
    [6, 16, false],
    [7, 32, true],
    [8, 32, false],
    [9, 64, true],
    [10, 64, false],
  ] as const;
  for (const [type, bits, signed] of fits) {
    const wrapped = signed
      ? BigInt.asIntN(bits, value)
      : BigInt.asUintN(bits, value);
    if (wrapped !== value) continue;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    return Buffer.concat([Buffer.from([type]), bytes.subarray(0, bits / 8)]);
  }
  throw new Error(`${value} is no JSON integer`);
}

function number(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return bytes;
}

function withLength(bytes: Buffer): Buffer {
  const head: number[] = [];
  let rest = bytes.length;
  do {
    const more = rest > 0x7f ? 0x80 : 0;
    head.push((rest & 0x7f) | more);
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from(head), bytes]);
}

function expected(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  // JavaScript escapes as the server does, but for lone surrogates, which it has not.
  if (typeof value === "string") return JSON.stringify(value);
  if ("int" in value) return String(value.int);
  if ("opaque" in value)
    return `"base64:type${value.opaque}:${value.bytes.toString("base64")}"`;
  if (!("members" in value)) return `[${value.map(expected).join(", ")}]`;
  const members = value.members.map(
    ([key, each]) => `${JSON.stringify(key)}: ${expected(each)}`,
  );
  return `{${members.join(", ")}}`;
}

function textOf(document: Buffer): string {
  const around = Buffer.concat([
    Buffer.from([1, 2, 3]),
    document,
    Buffer.alloc(9, 0xff),
  ]);
  return new JsonText().of(around, 3, 3 + document.length).toString();
}

const text = fc.string({ unit: "binary", maxLength: 300 });
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    text,
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
      .map((int) => ({ int })),
    fc
      .integer({ min: -40_000, max: 70_000 })
      .map((int) => ({ int: BigInt(int) })),
    fc.uint8Array({ maxLength: 56 }).map((bytes) => ({
      opaque: 252,
      bytes: Buffer.from(bytes),
    })),
    fc.array(tie("tree"), { maxLength: 6 }),
    fc
      .array(fc.tuple(text, tie("tree")), { maxLength: 6 })
      .map((members) => ({ members })),
  ),
}));

describe("binary JSON becomes the server's text", () => {
  test("of any tree, in the small form and the large", () => {
    fc.assert(
      fc.property(tree, fc.boolean(), (value, large) => {
        expect(textOf(encode(value, large))).toBe(expected(value));
      }),
      { numRuns: 500 },
    );
  });

  test("of a document of megabytes, and a small one after it", () => {
    const json = new JsonText();
    const large: Json = Array.from({ length: 40_000 }, (_, at) => [
      `element ${at}`,
      { int: BigInt(at) },
    ]);
    const document = encode(large, true);
    expect(json.of(document, 0, document.length).toString()).toBe(
      expected(large),
    );
    const small = encode(["x"], false);
    expect(json.of(small, 0, small.length).toString()).toBe('["x"]');
  });

  test("base64 in lines of 76", () => {
    const bytes = Buffer.alloc(115, 0xfd);
    const base64 = bytes.toString("base64");
    expect(textOf(encode({ opaque: 15, bytes }, false))).toBe(
      `"base64:type15:${base64.slice(0, 76)}\\n${base64.slice(76, 152)}\\n${base64.slice(152)}"`,
    );
    const full = Buffer.alloc(57, 0xfd);
    expect(textOf(encode({ opaque: 15, bytes: full }, false))).toBe(
      `"base64:type15:${full.toString("base64")}"`,
    );
  });

  test("nothing is null", () => {
    expect(textOf(Buffer.alloc(0))).toBe("null");
  });
});

test("damaged JSON is refused, wherever it is damaged", () => {
  const document = encode(
    { members: [["key", ["x", { int: 5n }, { int: 2n ** 40n }]]] },
    false,
  );
  for (let size = 1; size < document.length; size++)
    expect(() => textOf(document.subarray(0, size)), `${size}`).toThrow(
      RangeError,
    );
  fc.assert(
    fc.property(
      fc.nat(document.length - 1),
      fc.integer({ min: 0, max: 255 }),
      (at, byte) => {
        const damaged = Buffer.from(document);
        damaged[at] = byte;
        try {
          textOf(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      },
    ),
  );
  // An array that is its own element.
  const endless = Buffer.from("020100080002000000", "hex");
  expect(() => textOf(endless)).toThrow("JSON of too many levels");
});

test.each([
  [1, "1.0"],
  [-1.5, "-1.5"],
  [0, "0.0"],
  [-0, "-0.0"],
  [1e14, "100000000000000.0"],
  [1e15, "1e15"],
  [1234567890123456, "1.234567890123456e15"],
  [1234567890123456.8, "1234567890123456.8"],
  [123456789012345680, "1.2345678901234568e17"],
  [1e-14, "0.00000000000001"],
  [1e-15, "0.000000000000001"],
  [1e-16, "1e-16"],
  [1.7976931348623157e308, "1.7976931348623157e308"],
  [5e-324, "5e-324"],
])("the double %d is written %s", (value, expected) => {
  expect(jsonDouble(value)).toBe(expected);
});
