// Plain JavaScript on purpose: `npm run demo` in a fresh checkout begins here, with whatever Node there is. Installs what is
// missing, says how long that took, and tells when there is no Node afterwards that runs the sources.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const inModules = (path) =>
  existsSync(new URL(`../node_modules/${path}`, import.meta.url));

// npm writes this file as the last thing it does.
if (!inModules(".package-lock.json")) {
  const startedMs = Date.now();
  console.error("installing (npm ci)");
  if (npmCi() !== 0) {
    console.error("npm ci failed: nothing was started");
    process.exit(1);
  }
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  console.error(`installed in ${seconds} s\n`);
}

const major = Number(process.versions.node.split(".")[0]);
if (major < 24 && !inModules(".bin/node")) {
  console.error(
    `tidemark needs Node >= 24, and this is ${process.versions.node}. It brings its own, but npm was told not to run install
scripts, so that one is not there. Either: npm rebuild node --ignore-scripts=false
or start this with a Node >= 24 in PATH.`,
  );
  process.exit(2);
}

/** The npm that runs this script; its words go to stderr, because stdout may be for a program. */
function npmCi() {
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm?.endsWith("npm-cli.js")
    ? [process.execPath, npm]
    : ["npm"];
  const { status } = spawnSync(command, [...args, "ci", "--loglevel=error"], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", 2, 2],
  });
  return status;
}
