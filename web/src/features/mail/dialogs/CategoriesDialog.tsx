import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Plus } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { EmailId } from "@/jmap";
import type { AccountStore } from "@/store";
import { hasCategory, loadCategories } from "@/store";
import { Button, Dialog, cx, inputClass } from "@/ui";
import { boxClass } from "../list/boxClass";
import { Dot } from "../list/Chip";
import { categoriesOf } from "../search/suggest";
import type { ListView } from "../state/mail";

const LONGEST = 255;

export interface CategoriesDialogProps {
  /** Where the messages are called by these ids. */
  readonly view: ListView;
  readonly ids: readonly EmailId[];
}

/** What categories messages are in: a press on one sets it for all of them or takes it from all, at once. */
export function CategoriesDialog({ view, ids }: CategoriesDialogProps) {
  const { t } = useLingui();
  const { deeds, setDialog } = view;
  const messages = useStanding(view, ids);
  const [text, setText] = useState("");
  const [made, setMade] = useState<readonly string[]>([]);
  const list = useRef<HTMLUListElement>(null);
  const all = categoriesOf([...made, ...messages.names], []);
  const wanted = text.trim();
  const found = all.filter((name) => name.toLowerCase().includes(wanted.toLowerCase()));
  const isNew = wanted !== "" && !all.some((name) => name.toLowerCase() === wanted.toLowerCase());
  const set = (name: string, on: boolean): void => { deeds.setCategory(ids, name, on); };
  const toggle = (name: string): void => { set(name, messages.share(name) !== "all"); };
  const make = (): void => {
    setMade((old) => [wanted, ...old]);
    setText("");
    set(wanted, true);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const [first] = found;
    if (event.key === "ArrowDown") list.current?.querySelector("input")?.focus();
    else if (event.key === "Enter" && wanted === "") setDialog(null);
    else if (event.key === "Enter" && isNew && found.length === 0) make();
    else if (event.key === "Enter" && first !== undefined) toggle(first);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      isOpen onClose={() => { setDialog(null); }}
      title={ids.length === 1 ? t`Categories` : plural(ids.length, { one: "Categories of # message", other: "Categories of # messages" })}
      actions={<Button variant="primary" onClick={() => { setDialog(null); }}>{t`Done`}</Button>}
    >
      <input
        type="text" aria-label={t`Category`} placeholder={t`Find a category or name a new one`} maxLength={LONGEST} value={text} className={cx(inputClass, "mt-1")}
        onChange={(event) => { setText(event.target.value); }} onKeyDown={onKeyDown}
      />
      <ul ref={list} aria-label={t`Categories`} className="mt-2 flex min-h-40 flex-col" onKeyDown={walk}>
        {found.map((name) => <Line key={name.toLowerCase()} name={name} share={messages.share(name)} onPress={() => { toggle(name); }} />)}
        {isNew && <li><Button variant="ghost" icon={<Plus size={16} aria-hidden />} className="w-full justify-start" onClick={make}>{t`New category “${wanted}”`}</Button></li>}
        {all.length === 0 && !isNew && <li className="px-3 py-6 text-center text-muted"><Trans>No message has a category yet. Name the first one above.</Trans></li>}
      </ul>
    </Dialog>
  );
}

/** Arrows go from box to box. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const boxes = [...event.currentTarget.querySelectorAll<HTMLElement>("input, button")];
  boxes[boxes.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  event.preventDefault();
}

function Line({ name, share, onPress }: { readonly name: string; readonly share: Share; readonly onPress: () => void }) {
  return (
    <li>
      <label className="flex min-h-9 touch:min-h-11 cursor-pointer items-center gap-2.5 rounded-md px-3 hover:bg-hover has-focus-visible:bg-hover">
        <input type="checkbox" checked={share === "all"} ref={(box) => { if (box) box.indeterminate = share === "some"; }} onChange={onPress} className={cx("size-4 shrink-0", boxClass)} />
        <Dot name={name} />
        <bdi className="min-w-0 truncate">{name}</bdi>
      </label>
    </li>
  );
}

type Share = "all" | "some" | "none";

/** In which categories the messages are, and which their mailboxes know. */
function useStanding({ store, ownerOf, setProblem }: ListView, ids: readonly EmailId[]) {
  const owners = ids.flatMap((id) => ownerOf(id) ?? []);
  const key = [...new Set(owners.map(({ account }) => account.id))].join(" ");
  // Accounts of the same ids are the same as long as the dialog is open.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const accounts = useMemo<readonly AccountStore[]>(() => [...new Set(owners.map(({ account }) => account))], [key]);
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    let isCurrent = true;
    Promise.all(accounts.map(({ id }) => loadCategories(store.transport, id))).then((all) => { if (isCurrent) setKnown(all.flat()); }, setProblem);
    return () => { isCurrent = false; };
  }, [accounts, store, setProblem]);
  useEffect(() => {
    for (const account of accounts) account.shelf.need(owners.filter((each) => each.account === account).slice(0, MOST_LOADED).map(({ id }) => id)).catch(setProblem);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [accounts]);
  const subscribe = useCallback((listener: () => void) => {
    const ends = accounts.map(({ emails }) => emails.subscribeAll(listener));
    return () => { for (const end of ends) end(); };
  }, [accounts]);
  useSyncExternalStore(subscribe, () => owners.map(({ account, id }) => account.emails.get(id)?.["poststelle:categories"].join("\n")).join("\n\n"));
  const emails = owners.map(({ account, id }) => account.emails.get(id)).filter((email) => email !== undefined);
  return {
    names: categoriesOf([...emails.flatMap((email) => email["poststelle:categories"]), ...known], accounts.flatMap((account) => account.emails.all())),
    share: (name: string): Share => {
      const count = emails.filter((email) => hasCategory(email, name)).length;
      return count === 0 ? "none" : count === ids.length ? "all" : "some";
    },
  };
}

const MOST_LOADED = 200;
