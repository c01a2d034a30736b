/** An element's text; null for NULL. */
export type PostgresArray = readonly (string | null | PostgresArray)[];

/**
 * Postgres's text of an array (manual, "Array Input and Output Syntax"). Throws RangeError on one whose subscripts do not begin with 1:
 * no other engine has that.
 */
export function parseArray(text: string): PostgresArray {
  if (text.startsWith("["))
    throw new RangeError("an array whose subscripts do not begin with 1");
  const parser = new ArrayParser(text);
  return parser.parse();
}

class ArrayParser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): PostgresArray {
    const array = this.array();
    if (this.at !== this.text.length) throw unknownForm();
    return array;
  }

  private array(): PostgresArray {
    this.expect("{");
    const elements: (string | null | PostgresArray)[] = [];
    if (this.text[this.at] === "}") {
      this.at++;
      return elements;
    }
    for (;;) {
      elements.push(this.element());
      if (this.text[this.at] === "}") {
        this.at++;
        return elements;
      }
      this.expect(",");
    }
  }

  private element(): string | null | PostgresArray {
    const first = this.text[this.at];
    if (first === "{") return this.array();
    if (first === '"') return this.quoted();
    const from = this.at;
    while (
      this.at < this.text.length &&
      !",}".includes(this.text[this.at] as string)
    )
      this.at++;
    const bare = this.text.slice(from, this.at);
    return bare === "NULL" ? null : bare;
  }

  private quoted(): string {
    let value = "";
    for (this.at++; this.at < this.text.length; this.at++) {
      const character = this.text[this.at] as string;
      if (character === '"') {
        this.at++;
        return value;
      }
      value += character === "\\" ? (this.text[++this.at] ?? "") : character;
    }
    throw unknownForm();
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) throw unknownForm();
    this.at++;
  }
}

function unknownForm(): RangeError {
  return new RangeError("an array of an unknown form");
}

/** What array_out quotes: nothing at all, the word NULL, and whatever has a character of its own meaning or a space. */
const BARE = /^(?!null$)[^{}",\\\t\n\v\f\r ]+$/i;

/** Of one dimension. */
export function writeArray(elements: readonly string[]): string {
  const written = elements.map((element) =>
    BARE.test(element)
      ? element
      : `"${element.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
  );
  return `{${written.join(",")}}`;
}
