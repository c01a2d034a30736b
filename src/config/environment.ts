/** Environment variables, passed in from outside; only load-config.ts takes them from the process. */
export type Environment = Readonly<Record<string, string | undefined>>;
