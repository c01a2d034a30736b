#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=2
import "./require-node.mjs";
import { existsSync } from "node:fs";

// A checkout runs its TypeScript as it is; the published package has only the compiled files.
const source = new URL("../src/main.ts", import.meta.url);
const built = new URL("../dist/main.js", import.meta.url);
await import((existsSync(source) ? source : built).href);
