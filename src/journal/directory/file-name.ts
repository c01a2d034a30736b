const FILE_NAME = /^(\d{20})\.journal$/;

/** A journal file is named by the number of its first frame: the next file's name is known before it exists. */
export function journalFileName(firstFrame: number): string {
  return `${String(firstFrame).padStart(20, "0")}.journal`;
}

/** Undefined for a name that is not ours. */
export function parseJournalFileName(name: string): number | undefined {
  const match = FILE_NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
}
