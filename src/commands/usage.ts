/** What the caller can put right: the command line prints the sentence and ends with status 2. */
export class UsageError extends Error {}
