import { Trans, useLingui } from "@lingui/react/macro";
import { ToggleGroup } from "radix-ui";
import { Fragment, useEffect, useRef } from "react";
import { useDates } from "@/i18n";
import type { RowList } from "@/store";
import { cx } from "@/ui";
import { useRows, useSignal } from "../state/hooks";
import type { SearchScope } from "../state/mail";
import { useListView, useMail } from "../state/mail";

/** The choice that was just made: all mailboxes and one are different pages, and the focus goes along. */
let chosen: SearchScope | null = null;

/** While something is looked for: where. */
export function SearchHead() {
  const { t } = useLingui();
  const { search, setSearch, searchField, scopes, title } = useListView();
  if (!search) return null;
  const words: Readonly<Record<SearchScope, string>> = {
    everywhere: t`All mailboxes`, mailbox: scopes.includes("everywhere") ? t`This mailbox` : t`All folders`, here: title,
  };
  /** With what stands in the field, be it typed a moment ago. */
  const choose = (scope: SearchScope): void => {
    chosen = scope;
    setSearch(searchField.current?.value.trim() || search.text, { scope });
  };
  return (
    <div className="-ml-1.5 flex min-w-0 grow items-center gap-2">
      <h1 className="sr-only">{t`Search`}</h1>
      <ToggleGroup.Root
        type="single" value={search.scope} aria-label={t`Search in`} className="flex min-w-0 gap-0.5"
        onValueChange={(value) => { if (value) choose(value as SearchScope); }}
      >
        {scopes.map((scope) => <Choice key={scope} value={scope} isShort={scope !== "here"}>{words[scope]}</Choice>)}
      </ToggleGroup.Root>
    </div>
  );
}

/** A folder's name is cut where there is no room; the other words are short. */
function Choice({ value, isShort, children }: { readonly value: SearchScope; readonly isShort: boolean; readonly children: string }) {
  const item = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen === value && document.activeElement === document.body) item.current?.focus();
    if (chosen === value) chosen = null;
  }, [value]);
  return (
    <ToggleGroup.Item
      ref={item} value={value} title={isShort ? undefined : children}
      className={cx(
        "flex min-h-7 touch:min-h-11 items-center rounded-md px-1.5 text-list text-muted hover:text-ink data-[state=on]:bg-selected data-[state=on]:font-medium data-[state=on]:text-accent",
        isShort ? "shrink-0" : "min-w-0",
      )}
    >
      {isShort ? children : <bdi className="truncate">{children}</bdi>}
    </ToggleGroup.Item>
  );
}

/** How much was found: the number always, its word where there is room for it. */
export function Found({ list }: { readonly list: RowList }) {
  const { t } = useLingui();
  const { count } = useDates();
  const total = useRows(list).length;
  const status = useSignal(list.status);
  if (status.kind === "loading") return null;
  const number = count(total);
  const whole = t`${number} found`;
  return (
    <p role="status" title={whole} className="tabular flex h-4.5 min-w-0 grow basis-0 flex-wrap justify-end gap-x-1 overflow-hidden text-fine text-muted">
      {whole.split(" ").map((word) => <Fragment key={word}><span>{word}</span>{" "}</Fragment>)}
    </p>
  );
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
