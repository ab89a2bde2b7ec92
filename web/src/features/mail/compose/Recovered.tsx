import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { personName } from "@/lib/personName";
import { useMe } from "@/session";
import { Banner, Button } from "@/ui";
import { useMail } from "../state/mail";
import { offerUndo } from "../state/undo";
import type { Copy } from "./copies";
import { orphaned } from "./copies";
import { deskOf } from "./desk";
import type { Letter } from "./letter";
import { EMPTY, ownWords } from "./letter";
import { isDeskWanted } from "./useWriting";

const MOST_NAMED = 5;
const BEGINNING = 80;

/** What a person knows a letter by: its subject, whom it goes to, how it begins. */
function Named({ letter }: { readonly letter: Letter }) {
  const { t } = useLingui();
  const subject = letter.subject.trim() || t`(no subject)`;
  const [first, ...others] = [...letter.to, ...letter.cc, ...letter.bcc].map((each) => personName(each) ?? "").filter(Boolean);
  const words = beginningOf(letter);
  return (
    <>
      <bdi className="font-medium">{first ? t`“${subject}” to ${first}` : t`“${subject}”`}{others.length > 0 && ", …"}</bdi>
      {words && <>: <bdi>{words}</bdi></>}
    </>
  );
}

/** The first words that somebody has written themselves. */
export function beginningOf(letter: Letter): string {
  const own = ownWords(letter);
  const words = (letter.isPlain ? own : (new DOMParser().parseFromString(own, "text/html").body.textContent)).replace(/\s+/gu, " ").trim();
  return words.length > BEGINNING ? `${words.slice(0, BEGINNING).replace(/\s\S*$/u, "")} …` : words;
}

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
  const leaveOut = (some: readonly Copy[]): void => { setCopies((old) => old.filter((copy) => !some.includes(copy))); };
  const end = (ended: readonly Copy[]): void => {
    for (const { key } of ended) desk.copies.drop(key);
    leaveOut(ended);
    offerUndo(plural(ended.length, { one: "Thrown away", other: "# messages thrown away" }), () => {
      for (const copy of ended) desk.copies.put(copy);
      setCopies((old) => [...old, ...ended]);
    });
  };
  const goOn = (chosen: readonly Copy[]): void => {
    isDeskWanted.set(true);
    leaveOut(chosen.filter((copy) => desk.recover(account, mailbox.address, copy)));
  };
  const isOne = copies.length === 1;
  const all = <><Button variant="primary" onClick={() => { goOn(copies); }}>{isOne ? t`Continue writing` : t`Continue all`}</Button><Button onClick={() => { end(copies); }}>{isOne ? t`Throw away` : t`Throw all away`}</Button></>;
  return (
    <Banner
      tone="warning" className="shrink-0 rounded-none" title={plural(copies.length, { one: "A message was not saved when the page was left", other: "# messages were not saved when the page was left" })}
      actions={all}
    >
      <ul>
        {copies.slice(0, MOST_NAMED).map((copy) => (
          <li key={copy.key} className="flex flex-wrap items-center justify-between gap-x-3">
            <span className="min-w-0 wrap-anywhere"><Named letter={{ ...EMPTY, ...copy.letter }} /></span>
            {!isOne && <span className="flex gap-1"><Button variant="ghost" onClick={() => { goOn([copy]); }}>{t`Continue writing`}</Button><Button variant="ghost" onClick={() => { end([copy]); }}>{t`Throw away`}</Button></span>}
          </li>
        ))}
      </ul>
      {copies.length > MOST_NAMED && "…"}
    </Banner>
  );
}
