import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { EmailId } from "@/jmap";
import { useMe } from "@/session";
import type { Notice } from "@/store";
import { Banner, Button } from "@/ui";
import { useMail } from "./state/mail";
import { useRefusalWords } from "./state/refusals";
import { useNotices } from "./state/useNotices";

const MOST_TOLD = 3;

/**
 * What this person wanted and Microsoft refused, in words, where they look: one banner, however much it is. What
 * others wanted is counted beside the folders alone.
 */
export function TakenBack() {
  const { t } = useLingui();
  const me = useMe().id;
  const { store, account, mayWrite, setDialog } = useMail();
  const { notices, dismiss } = useNotices(store, account);
  const mine = notices.filter(({ user }) => user === null || user === me);
  const words = useRefusalWords();
  useNoticed(mine);
  if (mine.length === 0) return null;
  const kinds = [...Map.groupBy(mine, (notice) => `${words.noticeDeed(notice)} ${notice.code} ${words.noticeReason(notice)}`).values()];
  const told = kinds.slice(0, MOST_TOLD).flatMap(([first, ...others]) => (first ? [{ first, title: words.noticeTitle(first, others) }] : []));
  const [only] = told;
  const understood = (): void => { void Promise.all(mine.map(({ id }) => dismiss(id))); };
  return (
    <Banner
      tone="danger" className="m-2 shrink-0"
      title={told.length === 1 ? only?.title : plural(mine.length, { one: "Microsoft refused # change", other: "Microsoft refused # changes" })}
      actions={(
        <>
          {mayWrite && <Button onClick={understood}>{t`Understood`}</Button>}
          {kinds.length > 1 && <Button variant="ghost" onClick={() => { setDialog({ kind: "sync" }); }}>{t`Details`}</Button>}
        </>
      )}
    >
      {told.length === 1 && only ? <p><NoticeReason notice={only.first} isOfSeveral={mine.length > 1} /></p> : (
        <ul className="flex flex-col gap-1">
          {told.map(({ first, title }) => <li key={first.id}><span className="font-medium">{title}.</span> {words.noticeReason(first)}</li>)}
          {kinds.length > told.length && <li><Trans>and more</Trans></li>}
        </ul>
      )}
    </Banner>
  );
}

/** What is not as it was before: the reason says how it is. */
const IS_NOT_BACK: ReadonlySet<Notice["code"]> = new Set(["gone", "overtaken", "sent_elsewhere", "restored"]);

/** Why a change was taken back, and how things stand now. */
export function NoticeReason({ notice, isOfSeveral = false }: { readonly notice: Notice; readonly isOfSeveral?: boolean }) {
  const { noticeReason } = useRefusalWords();
  return <>{noticeReason(notice)} {!IS_NOT_BACK.has(notice.code) && <Back notice={notice} isOfSeveral={isOfSeveral} />}</>;
}

function Back({ notice: { folder, kind }, isOfSeveral }: { readonly notice: Notice; readonly isOfSeveral: boolean }) {
  if (folder !== null) return <Trans>The folders are back as they were.</Trans>;
  if (kind === "send" || kind === "create") return <Trans>It is still in the drafts.</Trans>;
  return isOfSeveral ? <Trans>The messages are back as they were.</Trans> : <Trans>The message is back as it was.</Trans>;
}

const MOST_NAMED = 50;

/** The messages that notices name, so that their subjects can be told. */
export function useNoticed(notices: readonly Notice[]): void {
  const { account, setProblem } = useMail();
  const ids = notices.filter(({ folder }) => folder === null).slice(0, MOST_NAMED).map(({ message }) => message);
  const key = ids.join(" ");
  useSubjects(ids);
  useEffect(() => {
    if (key !== "") account.shelf.need(key.split(" ") as EmailId[]).catch(setProblem);
  }, [account, key, setProblem]);
}

/** Drawn anew when one of these messages arrives. */
function useSubjects(ids: readonly EmailId[]): void {
  const { emails } = useMail().account;
  const key = ids.join(" ");
  const subscribe = useCallback((listener: () => void) => {
    const ends = key.split(" ").map((id) => emails.subscribe(id, listener));
    return () => { for (const end of ends) end(); };
  }, [emails, key]);
  useSyncExternalStore(subscribe, () => ids.map((id) => emails.get(id)?.subject ?? "").join("\n"));
}
