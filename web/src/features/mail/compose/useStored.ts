import { useEffect } from "react";
import type { Notice } from "@/store";
import { useSignal } from "../state/hooks";
import { isForSize } from "../state/noticeWords";
import { useNotices } from "../state/useNotices";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import { learnRefused, sizeOf } from "./size";

/**
 * Why Microsoft has not taken the letter's draft, until another draft takes its place; null: it has, or nobody knows yet.
 * What was said of drafts before this one goes.
 */
export function useStored(desk: Desk, composer: Composer): Notice | null {
  const { notices, dismiss } = useNotices(desk, composer.account);
  useSignal(composer.keeper.state); // with each saving the draft is another one
  const { draft } = composer;
  const made = notices.filter(({ kind }) => kind === "create");
  const now = draft === null ? undefined : made.find(({ message }) => message === draft);
  const key = `${composer.accountId} ${draft ?? ""}`;
  useEffect(() => { if (now) desk.refused.set(key, now); }, [desk, key, now]); // it stays true when somebody has understood it
  const over = made.filter(({ message }) => composer.replaced.has(message)).map(({ id }) => id).join(" ");
  const detail = now?.detail ?? null;
  useEffect(() => {
    if (isForSize(detail)) learnRefused(composer.accountId, sizeOf(composer.saved));
  }, [composer, detail]);
  useEffect(() => {
    for (const id of over.split(" ").filter(Boolean)) dismiss(Number(id)).catch(() => undefined); // it is told again, and asked again
  }, [over, dismiss]);
  return now ?? desk.refused.get(key) ?? null;
}
