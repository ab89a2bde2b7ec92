import { Trans, useLingui } from "@lingui/react/macro";
import { ToggleGroup } from "radix-ui";
import { useDates } from "@/i18n";
import type { Mailbox } from "@/jmap";
import type { MessageList } from "@/store";
import { useRows, useSignal } from "../state/hooks";
import { useMail } from "../state/mail";

/** While something is looked for: where, and how much was found. */
export function SearchHead({ list, folder }: { readonly list: MessageList | null; readonly folder: Mailbox }) {
  const { t } = useLingui();
  const { search, setSearch } = useMail();
  if (!search) return null;
  return (
    <div className="-ml-1.5 flex min-w-0 grow items-center gap-2">
      <h1 className="sr-only">{t`Search`}</h1>
      <ToggleGroup.Root
        type="single" value={search.isHere ? "here" : "all"} aria-label={t`Search in`} className="flex min-w-0 gap-0.5"
        onValueChange={(value) => { if (value) setSearch(search.text, { isHere: value === "here" }); }}
      >
        <Choice value="all">{t`All folders`}</Choice>
        <Choice value="here"><bdi className="truncate">{folder.name}</bdi></Choice>
      </ToggleGroup.Root>
      {list && <Found list={list} />}
    </div>
  );
}

function Choice({ value, children }: { readonly value: string; readonly children: React.ReactNode }) {
  return (
    <ToggleGroup.Item
      value={value}
      className="flex min-h-7 min-w-0 touch:min-h-11 items-center rounded-md px-2.5 text-list text-muted hover:text-ink data-[state=on]:bg-selected data-[state=on]:font-medium data-[state=on]:text-accent"
    >
      {children}
    </ToggleGroup.Item>
  );
}

function Found({ list }: { readonly list: MessageList }) {
  const { t } = useLingui();
  const { count } = useDates();
  const total = useRows(list).length;
  const status = useSignal(list.status);
  if (status.kind === "loading") return null;
  const number = count(total);
  return <p role="status" className="tabular ml-auto shrink-0 text-list text-muted">{t`${number} found`}</p>;
}

/** A search that can't find everything yet says so. */
export function NotAllIndexed() {
  const { account, search } = useMail();
  const { count } = useDates();
  const sync = useSignal(account.sync);
  if (!search || !sync) return null;
  const missing = count(sync.toIndex);
  if (sync.phase === "first") return <Note><Trans>Mail is still being loaded; what is not here yet can’t be found.</Trans></Note>;
  return sync.toIndex > 0 ? <Note><Trans>About {missing} messages can’t be found yet; they are being read.</Trans></Note> : null;
}

function Note({ children }: { readonly children: React.ReactNode }) {
  return <p role="status" className="border-b border-border bg-info-surface px-3 py-1.5 text-fine">{children}</p>;
}
