/** Says in a skip's note what the reporter gathers at the end. */
export const MISSING = "missing: ";

/** What a suite does instead of its tests when what it needs is not on this machine. */
export function missingService(
  name: string,
  howToGetIt: string,
  skip: (note: string) => never,
): never {
  const note = `${MISSING}${name} (${howToGetIt})`;
  if (process.env["TIDEMARK_TEST_REQUIRE"] === "all") throw new Error(note);
  return skip(note);
}
