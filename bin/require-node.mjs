// Plain JavaScript on purpose: it must run, and speak, under a Node that is too old for the sources.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `tidemark needs Node >= 24, this is ${process.versions.node}: run npm ci, or start it through npm run`,
  );
  process.exit(2);
}
