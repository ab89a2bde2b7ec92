import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Answer, EmailId, Presence } from "@/jmap";
import type { AccountStore } from "@/store";
import type { Composer } from "../compose/composer";
import { useSignal } from "../state/hooks";
import { answering, useCompany } from "./useCompany";
import type { Baseline, Sorted } from "./secondAnswer";
import { baselineOf, keyOf, sorted } from "./secondAnswer";

/** What somebody who answers a message should know of others who do, or have. */
export interface SecondAnswer extends Sorted {
  readonly writers: readonly Presence[];
  /** When an answer was first seen here. */
  noticedAt(answer: Answer): Date | null;
}

export function useSecondAnswer(composer: Composer): SecondAnswer {
  const { account } = composer;
  const isOver = useSignal(composer.ended) === "access"; // nothing of the mailbox may be seen
  const answered = useAnswered(composer, isOver);
  const writers = answering(useCompany(account, answered));
  const answers = useAnswers(account, answered);
  const [isResumed] = useState(() => composer.draft !== null);
  const [begunAt] = useState(() => new Date());
  const [baseline, setBaseline] = useState<{ readonly of: EmailId; readonly is: Baseline } | null>(null);
  if (answers && answered && baseline?.of !== answered) setBaseline({ of: answered, is: baselineOf(answers, isResumed, begunAt) });
  const fate = useSignal(composer.watch.fate);
  const own = composer.draft ?? (fate?.kind === "sent" ? fate.id : null); // sent elsewhere it is still no answer of somebody else
  const found = answers && baseline && baseline.of === answered ? sorted(answers, own, baseline.is) : NONE;
  const noticedAt = useNoticed(found.meanwhile);
  return { writers, ...found, noticedAt };
}

const NONE: Sorted = { earlier: [], meanwhile: [] };

/** The message that the letter answers; what a draft answers is found out a moment later. A forward answers nothing. */
function useAnswered(composer: Composer, isOver: boolean): EmailId | null {
  const read = (): EmailId | null => (composer.origin.mark === "$answered" ? composer.origin.answers : null);
  const [id, setId] = useState(read);
  useEffect(() => {
    let isCurrent = true;
    void composer.ready.then(() => { if (isCurrent) setId(composer.origin.mark === "$answered" ? composer.origin.answers : null); });
    return () => { isCurrent = false; };
  }, [composer]);
  return isOver ? null : id;
}

/** Undefined until it is known. */
function useAnswers({ answers }: AccountStore, id: EmailId | null): readonly Answer[] | undefined {
  const subscribe = useCallback((listener: () => void) => {
    if (id === null) return () => undefined;
    const stop = answers.records.subscribe(id, listener);
    const end = answers.watch(id);
    return () => {
      stop();
      end();
    };
  }, [answers, id]);
  return useSyncExternalStore(subscribe, () => (id === null ? undefined : answers.records.get(id)))?.answers;
}

function useNoticed(news: readonly Answer[]): (answer: Answer) => Date | null {
  const [noticed, setNoticed] = useState<ReadonlyMap<string, Date>>(new Map());
  const fresh = news.map(keyOf).filter((key) => !noticed.has(key));
  if (fresh.length > 0) setNoticed(new Map([...noticed, ...fresh.map((key) => [key, new Date()] as const)]));
  return useCallback((answer) => noticed.get(keyOf(answer)) ?? null, [noticed]);
}
