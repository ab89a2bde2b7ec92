/** What a person has used of the palette lately, kept in this browser. */

const MOST = 12;
const key = (userId: string): string => `poststelle.palette.${userId}`;

/** Ids, the latest first. */
export function recentlyUsed(userId: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key(userId)) ?? "[]");
    return Array.isArray(value) ? value.filter((id): id is string => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function rememberUse(userId: string, id: string): void {
  try {
    localStorage.setItem(key(userId), JSON.stringify([id, ...recentlyUsed(userId).filter((each) => each !== id)].slice(0, MOST)));
  } catch {
    // Storage is full or forbidden: nothing is remembered.
  }
}
