import { VersionedFile } from '../store/versioned-file.ts';
import type { Lease, LeaseRecord } from './lease.ts';

/**
 * A lease in a state directory: each renewal is the next `lease-N.json`. So a renewal and a take-over exclude each other, as
 * they do by resourceVersion in Kubernetes, and there is no moment at which both succeed.
 */
export class DirectoryLease implements Lease {
  private readonly file: VersionedFile;

  constructor(directory: string) {
    this.file = new VersionedFile(directory, 'lease');
  }

  async read(): Promise<LeaseRecord> {
    const { version, text } = await this.file.read();
    return { holder: holderOf(text), version: String(version) };
  }

  async write(holder: string, seen: LeaseRecord): Promise<LeaseRecord> {
    const text = `${JSON.stringify({ holder, at: new Date().toISOString() })}\n`;
    return { holder, version: String(await this.file.write(text, Number(seen.version))) };
  }
}

/** What cannot be read is held by somebody unknown, until it has not changed for the lease's time. */
function holderOf(text: string | null): string {
  if (text === null) return '';
  try {
    const { holder } = JSON.parse(text);
    return typeof holder === 'string' ? holder : 'unknown';
  } catch {
    return 'unknown';
  }
}
