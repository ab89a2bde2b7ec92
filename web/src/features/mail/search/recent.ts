/** The latest searches in one mailbox, kept in this browser. */

const KEY = "poststelle.searches";
const MOST = 8;

type Kept = Readonly<Record<string, readonly string[]>>;

export function recentSearches(accountId: string): readonly string[] {
  return kept()[accountId] ?? [];
}

/** Remember a search that was gone through with; what it goes on from, letter by letter, is not kept beside it. */
export function rememberSearch(accountId: string, text: string): void {
  const plain = text.trim();
  if (plain.length < 2) return;
  const others = recentSearches(accountId).filter((each) => each !== plain && !plain.startsWith(each));
  keep({ ...kept(), [accountId]: [plain, ...others].slice(0, MOST) });
}

export function forgetSearches(accountId: string): void {
  keep({ ...kept(), [accountId]: [] });
}

function keep(searches: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(searches));
  } catch {
    // Storage is full or forbidden: nothing is remembered.
  }
}

function kept(): Kept {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return value && typeof value === "object" ? (value as Kept) : {};
  } catch {
    return {};
  }
}
