/** The areas of our own pages. Whatever lies outside, the server's own addresses too, is no place to go after login. */
const ourPages = /^\/(?:mail|settings|help|sign-in\/result)(?:\/|$)/u;

/**
 * Where to go after login: `next` when it is an address of one of our own pages,
 * else the mail. Read as the browser would read it, so that no spelling of a
 * foreign address (`//host`, `/\host`, `/%09/host`, `javascript:`) gets through;
 * handed back as path, search and hash only.
 * Source: WHATWG URL Standard, "URL parsing"; OWASP, "Unvalidated Redirects and Forwards Cheat Sheet".
 */
export function pageAfterLogin(next: unknown, origin: string): string {
  return ourPath(next, origin) ?? "/mail";
}

/** The address as path, search and hash where it is one of our own pages; else null. */
export function ourPath(address: unknown, origin: string): string | null {
  if (typeof address !== "string" || !address.startsWith("/")) return null;
  const url = URL.parse(address, origin);
  if (!url || url.origin !== new URL(origin).origin || !ourPages.test(url.pathname)) return null;
  return url.pathname + url.search + url.hash;
}
