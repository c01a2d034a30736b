/**
 * How a value's canonical bytes in one engine become those in the other. same: as they are. utf8: as they are, if they are UTF-8 and have
 * no zero byte. text, bytes: as the function says; it throws RangeError, saying what kind of value it is, on one that the target cannot
 * hold as it is. NULL stays NULL.
 */
export type Conversion =
  | { readonly kind: "same" }
  | { readonly kind: "utf8"; readonly allowsZero: boolean }
  | { readonly kind: "text"; readonly convert: (text: string) => string }
  | { readonly kind: "bytes"; readonly convert: (bytes: Buffer) => Buffer };

export const SAME: Conversion = { kind: "same" };

export function byText(convert: (text: string) => string): Conversion {
  return { kind: "text", convert };
}

export function byBytes(convert: (bytes: Buffer) => Buffer): Conversion {
  return { kind: "bytes", convert };
}

/** The canonical text of a constant, for a default. Throws RangeError. */
export function convertText(conversion: Conversion, text: string): string {
  switch (conversion.kind) {
    case "same":
    case "utf8":
      return text;
    case "text":
      return conversion.convert(text);
    case "bytes":
      throw new RangeError("bytes");
    default:
      return conversion satisfies never;
  }
}
