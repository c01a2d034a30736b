import type { Token } from "./tokenize.ts";

/** A table or another object as a statement names it; without a schema it lies in the session's. */
export interface NamedObject {
  readonly schema: string;
  readonly name: string;
}

/** Looks along the tokens of a statement. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private readonly schema: string;
  private at = 0;

  constructor(tokens: readonly Token[], schema: string) {
    this.tokens = tokens;
    this.schema = schema;
  }

  get atEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The key word that comes next, in upper case; empty for anything else. */
  get word(): string {
    const token = this.tokens[this.at];
    return token?.kind === "word" ? token.text.toUpperCase() : "";
  }

  /** Whether these words come next; then they are passed. */
  accept(...words: readonly string[]): boolean {
    const there = words.every((word, index) => {
      const token = this.tokens[this.at + index];
      return (
        (token?.kind === "word" || token?.kind === "symbol") &&
        token.text.toUpperCase() === word
      );
    });
    if (there) this.at += words.length;
    return there;
  }

  acceptAny(...words: readonly string[]): boolean {
    return words.some((word) => this.accept(word));
  }

  skip(count = 1): void {
    this.at += count;
  }

  /** Up to and beyond that word; whether there was one. */
  skipBeyond(word: string): boolean {
    while (!this.atEnd) {
      if (this.accept(word)) return true;
      this.skip();
    }
    return false;
  }

  /** `name` or `schema.name`; undefined where no name comes. */
  object(): NamedObject | undefined {
    const first = this.name();
    if (first === undefined) return undefined;
    if (!this.accept(".")) return { schema: this.schema, name: first };
    const second = this.name();
    return second === undefined ? undefined : { schema: first, name: second };
  }

  name(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== "word" && token?.kind !== "name") return undefined;
    this.at++;
    return token.text;
  }

  /** Objects with commas between; undefined when that is not what comes. */
  objects(): NamedObject[] | undefined {
    const objects: NamedObject[] = [];
    do {
      const object = this.object();
      if (object === undefined) return undefined;
      objects.push(object);
    } while (this.accept(","));
    return objects;
  }

  /** What lies between commas outside brackets, from here to the end. */
  clauses(): TokenCursor[] {
    const clauses: Token[][] = [[]];
    let depth = 0;
    for (const token of this.tokens.slice(this.at)) {
      if (token.kind === "symbol") {
        if (token.text === "(") depth++;
        if (token.text === ")") depth--;
        if (token.text === "," && depth === 0) {
          clauses.push([]);
          continue;
        }
      }
      clauses.at(-1)?.push(token);
    }
    return clauses.map((tokens) => new TokenCursor(tokens, this.schema));
  }

  endsWith(...words: readonly string[]): boolean {
    const last = new TokenCursor(this.tokens.slice(-words.length), this.schema);
    return last.accept(...words);
  }
}
