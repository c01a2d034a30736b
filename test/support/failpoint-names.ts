import ts from "typescript";
import { type SourceFile, visitNodes } from "./source-files.ts";

export interface NamedPlace {
  readonly name: string;
  readonly file: string;
}

export interface Failpoints {
  /** Each call with a name, of `failpoint` itself or of a part's own `xFailpoint`. */
  readonly called: readonly NamedPlace[];
  /** Each entry of an exported `X_FAILPOINTS`. */
  readonly listed: readonly NamedPlace[];
  readonly lists: readonly string[];
  /** Calls whose name is computed, outside a part's own `xFailpoint`. */
  readonly computed: readonly string[];
}

export function findFailpoints(files: readonly SourceFile[]): Failpoints {
  const called: NamedPlace[] = [];
  const listed: NamedPlace[] = [];
  const lists: string[] = [];
  const computed: string[] = [];
  for (const { path: file, tree } of files) {
    visitNodes(tree, (node) => {
      if (isFailpointCall(node)) {
        const names = stringsIn(node);
        called.push(...names.map((name) => ({ name, file })));
        if (names.length === 0 && !isInWrapper(node)) {
          computed.push(`${file}: ${node.getText()}`);
        }
      }
      if (ts.isVariableDeclaration(node) && isListName(node.name.getText())) {
        lists.push(node.name.getText());
        listed.push(...stringsIn(node).map((name) => ({ name, file })));
      }
    });
  }
  return { called, listed, lists, computed };
}

function isListName(name: string): boolean {
  return /^[A-Z_]+_FAILPOINTS$/.test(name);
}

function isFailpointCall(node: ts.Node): node is ts.CallExpression {
  return (
    ts.isCallExpression(node) &&
    /^(failpoint|(?!install)[a-z]\w*Failpoint)$/.test(node.expression.getText())
  );
}

/** `function journalFailpoint(name: JournalFailpoint) { failpoint(name); }`: its callers name the place. */
function isInWrapper(node: ts.Node): boolean {
  const parent = ts.findAncestor(node, ts.isFunctionDeclaration);
  return parent?.name !== undefined && /[a-z]Failpoint$/.test(parent.name.text);
}

function stringsIn(node: ts.Node): readonly string[] {
  const strings: string[] = [];
  visitNodes(node, (each) => {
    if (ts.isStringLiteralLike(each)) strings.push(each.text);
  });
  return strings;
}
