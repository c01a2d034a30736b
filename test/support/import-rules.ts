import { dirname } from "node:path/posix";
import type { Import } from "./source-files.ts";

/** What a folder of src may import besides itself; `ports` are the files at the roots of engine, journal and storage. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: ["core"],
  format: ["core"],
  archive: ["core", "platform", "format", "port:storage"],
  fold: ["core", "platform", "format", "archive"],
  base: readers(),
  restore: readers(),
  history: readers(),
  query: readers(),
  services: [
    ...["core", "platform", "format", "archive", "base", "fold", "restore"],
    ...["port:engine", "port:journal", "port:storage"],
  ],
  config: ["core", "platform"],
  server: [
    ...["core", "platform", "config", "archive", "restore", "history"],
    ...["query", "services"],
  ],
  // A port speaks the vocabulary and, within engine, the other ports' words.
  "port:engine": ["core"],
  "port:journal": ["core"],
  "port:storage": ["core"],
  // It speaks both dialects: their quotes, and what their types are.
  "engine/mapping": [
    ...["core", "format", "port:engine"],
    ...["engine/mysql", "engine/postgres"],
  ],
  // What the change sources of all engines do alike.
  "engine/stream": ["core", "format", "port:engine"],
  // What every journal is made of, wherever it is kept.
  "journal/records": ["core", "format", "port:journal"],
};

function readers(): readonly string[] {
  return [
    ...["core", "platform", "format", "archive", "fold"],
    ...["port:engine", "port:storage"],
  ];
}

/** Packages and modules that belong to the folders named, and to their subfolders, alone. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk/client-s3": ["storage/s3"],
  mysql2: ["engine/mysql"],
  pg: ["engine/postgres"],
  "pg-copy-streams": ["engine/postgres"],
  kafkajs: ["journal/kafka"],
  "lz4-napi": ["journal/kafka"],
  "node:sqlite": ["platform"],
  avsc: ["format"],
  zod: ["config", "archive"],
  yaml: ["config"],
  hono: ["server"],
  "@hono/node-server": ["server"],
  "prom-client": ["server", "platform"],
  pino: ["platform", "cli"],
  commander: ["cli"],
  picocolors: ["cli"],
};

const PORT_FOLDERS = ["engine", "journal", "storage"];
const ENGINES = ["engine/postgres", "engine/mysql"];
/** Introspection and the values of types belong to an engine's root, of which all its leaves may know, and are too much for one file. */
const PARTS_OF_ENGINE_ROOT = ["definitions", "values"];

/** The part of the program that a file of src belongs to. */
export function unitOf(path: string): string {
  const folder = dirname(path.replace(/^src\//, ""));
  if (folder === ".") return "main";
  const [first, second, third] = folder.split("/");
  if (first === undefined || !PORT_FOLDERS.includes(first)) return first ?? "";
  if (second === undefined) return `port:${first}`;
  const adapter = `${first}/${second}`;
  // An engine's adapter is several leaves around a root of its own.
  return ENGINES.includes(adapter) &&
    third !== undefined &&
    !PARTS_OF_ENGINE_ROOT.includes(third)
    ? `${adapter}/${third}`
    : adapter;
}

/** Why an import breaks the rules, or undefined. */
export function objection(each: Import): string | undefined {
  return each.target === undefined
    ? objectionToPackage(each)
    : objectionToFile(each.file, each.target);
}

function objectionToFile(file: string, target: string): string | undefined {
  if (!target.startsWith("src/")) return "leaves src";
  if (!target.endsWith(".ts")) return "does not end in .ts";
  const from = unitOf(file);
  const to = unitOf(target);
  if (from === to || from === "main") return undefined;
  if (from === "cli") {
    return isAdapter(to) && file !== "src/cli/wiring.ts"
      ? "only cli/wiring.ts names an adapter"
      : undefined;
  }
  return mayImport(from).includes(to)
    ? undefined
    : `${from} may not import ${to}`;
}

function mayImport(unit: string): readonly string[] {
  const layer = LAYERS[unit];
  if (layer !== undefined) return layer;
  const common = ["core", "platform", "format"];
  const [first, second, third] = unit.split("/");
  if (first === "journal")
    return [...common, "port:journal", "journal/records"];
  if (first !== "engine") return [...common, `port:${first}`];
  const ports = [...common, "port:engine"];
  if (third === undefined) return ports;
  const root = [...ports, `engine/${second}`];
  return third === "source" ? [...root, "engine/stream"] : root;
}

function isAdapter(unit: string): boolean {
  return PORT_FOLDERS.some((folder) => unit.startsWith(`${folder}/`));
}

function objectionToPackage({ file, specifier }: Import): string | undefined {
  const folder = file.replace(/^src\//, "");
  const name = packageName(specifier);
  const owners = PACKAGES[name];
  if (owners === undefined) {
    if (!name.startsWith("node:")) return `${name} belongs to no folder`;
    return folder.startsWith("core/") ? "core does no I/O" : undefined;
  }
  return owners.some((owner) => folder.startsWith(`${owner}/`))
    ? undefined
    : `${name} belongs to ${owners.join(" and ")}`;
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
