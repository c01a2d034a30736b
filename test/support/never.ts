/** For calls that no test cancels. */
export const never: AbortSignal = new AbortController().signal;
