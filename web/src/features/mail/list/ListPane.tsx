import { useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import type { Mailbox } from "@/jmap";
import type { MessageList } from "@/store";
import { Banner, Button, Details } from "@/ui";
import { WriteButton } from "../compose/WriteButton";
import { MailError } from "../MailError";
import { NothingFound } from "../search/NothingFound";
import { SearchField } from "../search/SearchField";
import { NotAllIndexed } from "../search/SearchHead";
import { useMail } from "../state/mail";
import { DeedFailed, useRefusalWords } from "../state/refusals";
import { ListHead } from "./ListHead";
import { SelectionBar } from "./SelectionBar";
import { useLook } from "./useLook";
import { VirtualList } from "./VirtualList";

/** The middle pane: head or selection bar, what went wrong, the rows. */
export function ListPane({ list, folder }: { readonly list: MessageList | null; readonly folder: Mailbox }) {
  const { t } = useLingui();
  const { ticks, store, account, place, screen } = useMail();
  useEffect(() => () => { list?.leave(); }, [list]);
  useLook(store.transport, account.id, folder.id);
  return (
    <section aria-label={t`Messages in ${folder.name}`} className="relative flex h-full min-h-0 min-w-0 flex-col">
      <SearchField />
      {ticks.ids.size > 0 && list ? <SelectionBar list={list} /> : <ListHead folder={folder} list={list} />}
      <NotAllIndexed />
      <Problem />
      {list ? <VirtualList key={place.name} list={list} folder={folder} /> : <NothingFound folder={folder} />}
      {screen === "phone" && ticks.ids.size === 0 && <WriteButton look="floating" />}
    </section>
  );
}

/** The last deed that was refused: what happened, and that the messages are back. */
function Problem() {
  const { t } = useLingui();
  const { problem, setProblem } = useMail();
  const { title, reason, state } = useRefusalWords();
  if (problem === null || problem === undefined) return null;
  const close = <Button onClick={() => { setProblem(null); }}>{t`Understood`}</Button>;
  if (problem instanceof DeedFailed) {
    const why = problem.isUnsure ? "" : reason(problem.cause);
    return (
      <Banner tone={problem.isUnsure ? "warning" : "danger"} className="m-2" title={title(problem)} actions={close}>
        <p>{why} {state(problem)}</p>
        {why === null && <Details code={problem.message} />}
      </Banner>
    );
  }
  return <div className="m-2"><MailError error={problem} hint={t`Nothing was changed.`} actions={close} /></div>;
}
