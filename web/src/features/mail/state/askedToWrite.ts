/** A letter that another program, a shortcut or a link asked for; begun in the next mailbox that can be written from. */
import { useEffect } from "react";
import { Value } from "@/store";
import type { LetterStart, Shared } from "../text/mailto";
import { startOfMailto, startOfShared } from "../text/mailto";
import { useSignal } from "./hooks";
import type { ListView } from "./mail";

const asked = new Value<LetterStart | "new" | null>(null);

/** As the address says it: "new" or a mailto address, or what is shared. */
export function askToWrite(write: string | undefined, shared: Shared): void {
  asked.set(write === "new" ? "new" : ((write ? startOfMailto(write) : null) ?? startOfShared(shared)));
}

export function useAskedToWrite({ writing }: Pick<ListView, "writing">): void {
  const start = useSignal(asked);
  useEffect(() => {
    if (start === null || !writing.isPossible) return;
    asked.set(null);
    if (start === "new") writing.write();
    else writing.writeOn(start);
  }, [start, writing]);
}
