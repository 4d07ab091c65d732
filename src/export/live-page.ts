import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface LivePage {
  readonly html: Uint8Array;
  /** Value of the header `content-security-policy`. */
  readonly policy: string;
}

/** Reads the page, one file that holds its style and script. Rejects when there is none. */
export async function readLivePage(path: URL): Promise<LivePage> {
  const html = await readFile(path);
  return { html, policy: contentSecurityPolicy(html.toString('utf8')) };
}

/** Allows the page its own script and style, by their hashes, requests to its own origin, and nothing else. */
export function contentSecurityPolicy(html: string): string {
  const hashes = (tag: 'script' | 'style'): string => {
    const contents = [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'gi'))];
    return contents.map(([, content = '']) => `'sha256-${sha256(content)}'`).join(' ') || "'none'";
  };
  return [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Of the text as an HTML parser sees it: line ends are line feeds. */
function sha256(content: string): string {
  return createHash('sha256').update(content.replace(/\r\n?/g, '\n')).digest('base64');
}
