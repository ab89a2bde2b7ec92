import { useEffect, useRef } from "react";
import type { EmailId } from "@/jmap";
import { isAway, type ThreadPlaces } from "../text/threads";
import { useMail } from "../state/mail";
import { usePrint } from "./usePrint";

const NO_PICTURES: ReadonlySet<EmailId> = new Set();

/** Puts on paper what a row of the list stands for, without opening it; shows nothing itself. */
export function PrintRow({ id }: { readonly id: EmailId }) {
  const { account, list, folder, setDialog, setProblem } = useMail();
  const { print } = usePrint(NO_PICTURES);
  const isBegun = useRef(false);
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    const { threads } = account.shelf;
    const isThreaded = list?.spec.isThreaded ?? false;
    const places: ThreadPlaces = { here: folder ? [folder.id] : [], roleOf: (of) => account.mailboxes.get(of)?.role ?? null };
    (isThreaded ? threads.need([id]) : account.shelf.need([id])).then(() => {
      const email = account.emails.get(id);
      const members = isThreaded ? threads.members(email?.threadId).filter((each) => each.id === id || !isAway(each, places)) : [];
      const messages = members.length > 0 ? members : email ? [email] : [];
      if (messages.length > 0) print(messages);
    }).catch(setProblem).finally(() => { setDialog(null); });
  });
  return null;
}
