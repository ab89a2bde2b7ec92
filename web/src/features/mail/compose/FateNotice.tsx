import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import type { SubmissionId } from "@/jmap";
import { cancelSubmission } from "@/store";
import { Banner, Button } from "@/ui";
import { useNow, useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import type { Fate } from "./fate";
import { cloudFiles } from "./letter";
import type { FateWords } from "./saying";
import { fateWords, namesOf } from "./saying";

export interface FateNoticeProps {
  readonly desk: Desk;
  readonly composer: Composer;
}

/** What keeps the letter from being saved, and the ways on: others have had its draft in hands, or it has files that can't be kept. */
export function FateNotice({ desk, composer }: FateNoticeProps) {
  const fate = useSignal(composer.watch.fate);
  const letter = useSignal(composer.letter);
  return (
    <div role="status" className="shrink-0">
      {fate ? <Told desk={desk} composer={composer} fate={fate} /> : letter.awaitsFiles ? <FilesAwaited /> : cloudFiles(letter).length > 0 && <CloudFiles composer={composer} />}
    </div>
  );
}

export function useFateWords(): (fate: Fate) => FateWords {
  const { clock, full } = useDates();
  const now = useNow();
  return (fate) => fateWords(fate, { clock, full, now });
}

function Told({ desk, composer, fate }: FateNoticeProps & { readonly fate: Fate }) {
  const { t } = useLingui();
  const { title, text } = useFateWords()(fate);
  const isSafe = useSignal(composer.keeper.state) && composer.keeper.isSafe;
  const tried = (deed: Promise<unknown>): void => { deed.catch((error: unknown) => { composer.trouble.set({ kind: "notSaved", error }); }); };
  const takeBack = (id: SubmissionId): void => {
    cancelSubmission(composer.account, id).then(
      () => { if (composer.trouble.get()?.kind === "notTakenBack") composer.trouble.set(null); },
      (error: unknown) => { composer.trouble.set({ kind: "notTakenBack", error }); },
    );
  };
  const startOver = (): void => { composer.startOver(); };
  const drop = (): void => { desk.drop(composer); };
  const actions = (): ReactNode => {
    switch (fate.kind) {
      case "sent": return <><Button onClick={startOver}>{t`Go on as a new message`}</Button><Button onClick={drop}>{isSafe ? t`Close` : t`Throw away and close`}</Button></>;
      case "leaving": return <Button onClick={() => { takeBack(fate.submission.id); }}>{t`Take back`}</Button>;
      case "edited": return <><Button onClick={() => { tried(desk.takeOver(composer, fate.id)); }}>{t`Take the other version`}</Button><Button onClick={startOver}>{t`Keep mine`}</Button></>;
      case "deleted": return <><Button onClick={startOver}>{t`Keep as a draft`}</Button><Button onClick={() => { composer.watch.forget(); }}>{t`Understood`}</Button></>;
      case "gone": return null;
    }
  };
  const isOnlySaid = fate.kind === "gone" || fate.kind === "deleted";
  return (
    <Banner isInLiveRegion tone={isOnlySaid ? "info" : "warning"} className="rounded-none" title={title} actions={actions()}>
      <p>{text}</p>
      {fate.kind === "edited" && <p>{t`Neither is lost: the one you do not choose stays in the drafts.`}</p>}
    </Banner>
  );
}

function FilesAwaited() {
  const { t } = useLingui();
  return (
    <Banner isInLiveRegion tone="info" className="rounded-none" title={t`The attachments of this draft are still being fetched`}>
      <p>{t`They are at Microsoft. You can write already; it is saved as soon as they are here.`}</p>
    </Banner>
  );
}

/** Said when something was written: until then the draft is as Outlook has made it. */
function CloudFiles({ composer }: { readonly composer: Composer }) {
  const { t } = useLingui();
  const isWritten = useSignal(composer.keeper.state) && !composer.keeper.isSafe;
  if (!isWritten || !composer.isHeld) return null;
  const names = cloudFiles(composer.letter.get()).map(({ name }) => name);
  const list = namesOf(names);
  return (
    <Banner
      isInLiveRegion tone="warning" className="rounded-none"
      title={plural(names.length, { one: `Not saved: ${list} lies in the cloud`, other: `Not saved: ${list} lie in the cloud` })}
      actions={<><Button onClick={() => { composer.startOver(); }}>{t`Save as another draft`}</Button><Button onClick={() => { composer.leaveCloud(); }}>{t`Save without it`}</Button></>}
    >
      <p>{t`Only Outlook can keep links to files in the cloud in a draft. As another draft your text is saved without them, and this one stays as it is.`}</p>
    </Banner>
  );
}
