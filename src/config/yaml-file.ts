import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from "yaml";
import { TidemarkError } from "../core/errors.ts";
import type { Environment } from "./environment.ts";
import { interpolate } from "./interpolate.ts";

export type KeyPath = readonly (string | number)[];

/** A YAML document that knows on which line each of its keys stands. */
export class YamlFile {
  /** As it is named in messages. */
  readonly path: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  /** Throws CONFIG on anything but one well-formed document whose keys are unique. */
  constructor(path: string, text: string) {
    this.path = path;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
    });
    const [wrong] = [...this.#document.errors, ...this.#document.warnings];
    if (wrong !== undefined) throw this.#malformed(wrong, text);
    this.#refuseRings();
    this.#refuseProto();
  }

  #malformed({ code, message, pos }: YAMLError, text: string): TidemarkError {
    const line = this.#lineAt(pos[0]);
    const written = text.split("\n")[line - 1] ?? "";
    switch (code) {
      case "DUPLICATE_KEY": {
        const key = /^[\w.-]+/.exec(text.slice(pos[0]))?.[0];
        const what = key === undefined ? "a key" : `"${key}"`;
        return this.#wrong(line, {
          message: `${what} is there twice in one place`,
          hint: "keep one of them",
        });
      }
      case "MULTIPLE_DOCS":
        return this.#wrong(line, {
          message: "a second document begins here",
          hint: "keep one, and take out the line ---",
        });
      default:
        // A variable outside quotes opens a map of YAML's own.
        return this.#wrong(line, {
          message,
          hint: /(?<!["'].*)\$\{/.test(written)
            ? 'write variables in quotes: "${NAME}"'
            : "the file is not well-formed YAML",
        });
    }
  }

  #wrong(
    line: number,
    what: { readonly message: string; readonly hint: string },
  ): TidemarkError {
    return new TidemarkError(
      "CONFIG",
      `${this.path}:${line}: ${what.message}`,
      { hint: what.hint, details: { path: this.path, line } },
    );
  }

  /** `&name` around its own `*name`: whoever follows it never comes to an end. */
  #refuseRings(): void {
    visit(this.#document, {
      Alias: (_, alias, ancestors) => {
        const target = alias.resolve(this.#document);
        if (!ancestors.some((ancestor) => ancestor === target)) return;
        throw this.#wrong(this.#lineAt(alias.range?.[0] ?? 0), {
          message: `*${alias.source} lies within what it stands for`,
          hint: "write out what is meant",
        });
      },
    });
  }

  /** The schema never sees this key, and so would pass over it in silence. */
  #refuseProto(): void {
    for (const path of this.paths()) {
      if (path.at(-1) !== "__proto__") continue;
      const line = this.lineOf(path);
      throw new TidemarkError(
        "CONFIG",
        `${this.path}:${line}: unknown key "__proto__"`,
        { details: { path: this.path, line } },
      );
    }
  }

  /** Replaces `${VAR}` and `${VAR:-default}` in every value, never in a key. Throws CONFIG with the line. */
  interpolate(env: Environment): void {
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === "key" || typeof node.value !== "string") return;
        try {
          node.value = interpolate(node.value, env);
        } catch (error) {
          if (!(error instanceof TidemarkError)) throw error;
          const line = this.#lineAt(node.range?.[0] ?? 0);
          throw new TidemarkError(
            "CONFIG",
            `${this.path}:${line}: ${error.message}`,
            {
              ...(error.hint === undefined ? {} : { hint: error.hint }),
              details: { path: this.path, line },
            },
          );
        }
      },
    });
  }

  toValue(): unknown {
    return this.#document.toJS() as unknown;
  }

  /** Every key and list entry, outer before inner, in the order of the file. */
  *paths(): Generator<KeyPath> {
    yield* this.#pathsBelow(this.#document.contents, []);
  }

  /** Line, counted from 1, of a key, or of the nearest thing around it that is there. */
  lineOf(path: KeyPath): number {
    let node: unknown = this.#document.contents;
    let offset = 0;
    for (const part of path) {
      const child = this.#childrenOf(node).find(
        ([key]) => String(key) === String(part),
      );
      if (child === undefined) break;
      offset = child[2];
      node = child[1];
    }
    return this.#lineAt(offset);
  }

  *#pathsBelow(node: unknown, path: KeyPath): Generator<KeyPath> {
    for (const [key, child] of this.#childrenOf(node)) {
      const at = [...path, key];
      yield at;
      yield* this.#pathsBelow(child, at);
    }
  }

  /** Key, value and offset of what a map or list holds. */
  #childrenOf(node: unknown): [string | number, unknown, number][] {
    const here = isAlias(node) ? node.resolve(this.#document) : node;
    if (isMap(here)) {
      return here.items.map(({ key, value }) => [
        isScalar(key) ? String(key.value) : String(key),
        value,
        isScalar(key) ? (key.range?.[0] ?? 0) : 0,
      ]);
    }
    if (!isSeq(here)) return [];
    return here.items.map((item, i) => [i, item, startOf(item)]);
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}

function startOf(node: unknown): number {
  const { range } = node as { readonly range?: readonly number[] | null };
  return range?.[0] ?? 0;
}
