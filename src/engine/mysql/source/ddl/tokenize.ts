/** What a statement is made of, as far as its beginning says what it is. */
export type Token =
  /** As written; key words are compared in upper case. */
  | { readonly kind: "word"; readonly text: string }
  /** Of a quoted name, without its quotes. */
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "symbol"; readonly text: string };

export interface TokenizeOptions {
  /** "…" is a name and not a string. */
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
  /** Comments of the other family's versions are comments: /*M! … is MariaDB's. */
  readonly mariadb: boolean;
}

const SPACE = /\s/;
/** Beyond ASCII every character may be in a name. */
const WORD = /[0-9A-Za-z$_\u0080-\u{10FFFF}@]/u;

/**
 * MySQL's lexical rules (manual, "Language Structure"): comments are left out, except those that the server runs: of `/*! … * /` and
 * `/*!50100 … * /` the content counts. A statement in the log was run by this server, and the versions it runs are no later than its own; what a
 * MySQL server leaves out (`/*M! … * /`) is left out. Throws RangeError where something has no end.
 */
export function tokenize(
  statement: string,
  options: TokenizeOptions,
): readonly Token[] {
  return new Tokenizer(statement, options).tokens();
}

class Tokenizer {
  private readonly text: string;
  private readonly options: TokenizeOptions;
  private at = 0;
  /** Inside a comment that is run. */
  private inRunComment = false;

  constructor(text: string, options: TokenizeOptions) {
    this.text = text;
    this.options = options;
  }

  tokens(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      this.skip();
      if (this.at >= this.text.length) return tokens;
      tokens.push(this.token());
    }
  }

  private token(): Token {
    const { text } = this;
    const first = text[this.at] ?? "";
    if (first === "`") return { kind: "name", text: this.quoted("`", false) };
    if (first === '"')
      return this.options.ansiQuotes
        ? { kind: "name", text: this.quoted('"', false) }
        : { kind: "string", text: this.quoted('"', true) };
    if (first === "'") return { kind: "string", text: this.quoted("'", true) };
    if (WORD.test(first)) {
      const from = this.at;
      while (this.at < text.length && WORD.test(text[this.at] ?? "")) this.at++;
      return { kind: "word", text: text.slice(from, this.at) };
    }
    this.at++;
    return { kind: "symbol", text: first };
  }

  private quoted(quote: string, escapes: boolean): string {
    const { text } = this;
    let value = "";
    let at = this.at + 1;
    for (;;) {
      if (at >= text.length) throw new RangeError(`a ${quote} without an end`);
      const character = text[at] ?? "";
      if (character === quote) {
        if (text[at + 1] !== quote) break;
        at++;
      } else if (
        character === "\\" &&
        escapes &&
        !this.options.noBackslashEscapes
      ) {
        at++;
      }
      value += text[at] ?? "";
      at++;
    }
    this.at = at + 1;
    return value;
  }

  /** Space and comments. */
  private skip(): void {
    const { text } = this;
    while (this.at < text.length) {
      const rest = text.slice(this.at, this.at + 3);
      if (SPACE.test(rest[0] ?? "")) this.at++;
      else if (rest.startsWith("#") || /^--[\s]?$/.test(rest)) this.skipLine();
      else if (this.inRunComment && rest.startsWith("*/")) {
        this.inRunComment = false;
        this.at += 2;
      } else if (rest.startsWith("/*")) this.skipComment();
      else return;
    }
  }

  private skipLine(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end === -1 ? this.text.length : end + 1;
  }

  private skipComment(): void {
    const { text } = this;
    const run = /^\/\*(M?)!(\d{0,6})/.exec(text.slice(this.at, this.at + 10));
    if (run !== null && (run[1] === "" || this.options.mariadb)) {
      this.inRunComment = true;
      this.at += run[0].length;
      return;
    }
    const end = text.indexOf("*/", this.at + 2);
    if (end === -1) throw new RangeError("a comment without an end");
    this.at = end + 2;
  }
}
