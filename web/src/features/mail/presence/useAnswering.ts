import { useEffect } from "react";
import type { MailStore } from "@/store";
import type { Composer } from "../compose/composer";
import { announcerOf } from "./thisWindow";

/** Colleagues are told what the letters on the desk answer. A forward is no answer. */
export function useAnswering(store: MailStore, composers: readonly Composer[]): void {
  useEffect(() => {
    const ends = composers.map((composer) => announced(store, composer));
    return () => { for (const end of ends) end(); };
  }, [store, composers]);
}

/** What a draft answers is found out a moment after it is opened. */
function announced(store: MailStore, composer: Composer): () => void {
  let end: (() => void) | null = null;
  let isCurrent = true;
  const tell = (): void => {
    const { answers, mark } = composer.origin;
    if (isCurrent && answers && mark === "$answered") end ??= announcerOf(store).begin(composer.account, "answering", answers);
  };
  tell();
  void composer.ready.then(tell);
  const stop = (): void => {
    isCurrent = false;
    end?.();
  };
  const unsubscribe = composer.ended.subscribe(() => { if (composer.ended.get() === "access") stop(); });
  return () => {
    unsubscribe();
    stop();
  };
}
