import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { useMe } from "@/session";
import { Banner, Button } from "@/ui";
import { useMail } from "../state/mail";
import type { Copy } from "./copies";
import { orphaned } from "./copies";
import { deskOf } from "./desk";
import { isDeskWanted } from "./useWriting";

/** Letters of this mailbox that were not saved when the page was left: offered once, until somebody decides. */
export function Recovered() {
  const { t } = useLingui();
  const { store, account, mailbox, writing } = useMail();
  const desk = deskOf(store, useMe().id);
  const [copies, setCopies] = useState<readonly Copy[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const open = new Set(desk.composers.get().map(({ key }) => key));
    const ours = desk.copies.all().filter((copy) => copy.account === account.id && !open.has(copy.key));
    void orphaned(ours).then((left) => { if (isCurrent) setCopies(left); });
    return () => { isCurrent = false; };
  }, [desk, account]);
  if (copies.length === 0 || !writing.isPossible) return null;
  const end = (): void => {
    for (const { key } of copies) desk.copies.drop(key);
    setCopies([]);
  };
  const goOn = (): void => {
    const all = copies;
    end();
    isDeskWanted.set(true);
    for (const copy of all) desk.recover(account, mailbox.address, copy);
  };
  const subjects = copies.map(({ letter }) => t`“${letter.subject.trim() || t`(no subject)`}”`).join(", ");
  return (
    <Banner
      tone="warning" className="shrink-0 rounded-none" title={plural(copies.length, { one: "A message was not saved when the page was left", other: "# messages were not saved when the page was left" })}
      actions={<><Button variant="primary" onClick={goOn}>{t`Continue writing`}</Button><Button onClick={end}>{t`Throw away`}</Button></>}
    >
      {subjects}
    </Banner>
  );
}
