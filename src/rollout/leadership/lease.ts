/** What says who leads. */
export interface LeaseRecord {
  /** `''`: nobody. */
  readonly holder: string;
  /** Another after every write. */
  readonly version: string;
}

export interface Lease {
  read(): Promise<LeaseRecord>;
  /**
   * Writes the holder, `''` to release, in place of what was seen.
   * @throws StoreConflict when another has written since.
   */
  write(holder: string, seen: LeaseRecord): Promise<LeaseRecord>;
}
