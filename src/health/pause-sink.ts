/** Where pauses are written: the writing side of the thread's own ring. */
export interface PauseSink {
  write(start: number, seconds: number, word: number): void;
  publish(): void;
}
