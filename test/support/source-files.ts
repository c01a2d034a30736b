import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** From the root of the repository: `src/core/errors.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export interface Import {
  readonly file: string;
  /** As written. */
  readonly specifier: string;
  /** The imported file from the root of the repository; undefined for packages and node's own modules. */
  readonly target: string | undefined;
}

/** Every TypeScript file below `folder`, in order of name. */
export function readSourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) =>
      parseSource(
        relative(root, file).split(sep).join("/"),
        readFileSync(file, "utf8"),
      ),
    );
}

export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  return { path, text, tree };
}

/** Imports of values and of types, re-exports, `import()` of both, and files named by a URL beside this one. */
export function findImports({ path, tree }: SourceFile): readonly Import[] {
  const imports: Import[] = [];
  visitNodes(tree, (node) => {
    const specifier = importedBy(node);
    if (specifier === undefined) return;
    const target = /^\.\.?\//.test(specifier)
      ? posix.join(dirname(path), specifier)
      : undefined;
    imports.push({ file: path, specifier, target });
  });
  return imports;
}

export function visitNodes(
  node: ts.Node,
  visit: (node: ts.Node) => void,
): void {
  visit(node);
  ts.forEachChild(node, (child) => visitNodes(child, visit));
}

function importedBy(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return literal(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node)) {
    const { argument } = node;
    return ts.isLiteralTypeNode(argument)
      ? literal(argument.literal)
      : undefined;
  }
  if (
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword
  ) {
    // A computed name cannot be checked, so it may not be written.
    return literal(node.arguments[0]) ?? "(computed)";
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
    const [file, base] = node.arguments ?? [];
    const name = literal(file);
    if (base?.getText() !== "import.meta.url") return undefined;
    return name?.endsWith(".ts") === true ? name : undefined;
  }
  return undefined;
}

function literal(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node)
    ? node.text
    : undefined;
}
