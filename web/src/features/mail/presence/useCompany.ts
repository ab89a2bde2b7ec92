import { useCallback, useSyncExternalStore } from "react";
import type { Presence } from "@/jmap";
import type { AccountStore } from "@/store";

const NOBODY: readonly Presence[] = [];

/** Who else reads or answers a message, those who answer first. */
export function useCompany(account: AccountStore, id: string | null): readonly Presence[] {
  const { companies } = account.presence;
  const subscribe = useCallback((listener: () => void) => (id === null ? () => undefined : companies.subscribe(id, listener)), [companies, id]);
  return useSyncExternalStore(subscribe, () => (id === null ? undefined : companies.get(id))?.others) ?? NOBODY;
}

export const answering = (others: readonly Presence[]): readonly Presence[] => others.filter(({ activity }) => activity === "answering");
export const reading = (others: readonly Presence[]): readonly Presence[] => others.filter(({ activity }) => activity === "reading");
