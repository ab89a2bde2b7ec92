import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Check, ChevronDown, Eye } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import type { AssignedMailbox, MailStore } from "@/store";
import { MenuLayer, StateDot, focusAfterMenu } from "@/ui";
import { useLingui as useCatalog } from "@lingui/react";
import { tellCutText } from "../state/cut";
import { useSignal } from "../state/hooks";
import { syncWords } from "./syncWords";

export interface IdentityMenuProps {
  readonly store: MailStore;
  /** Null: all of them. */
  readonly current: AssignedMailbox | null;
  /** Told an account's id, or "all". */
  readonly onChoose: (id: string) => void;
}

/** Stands for all mailboxes where an address names an account; no account has such an id. */
export const ALL = "all";

/** The drop-down with every assigned mailbox, those not signed in too. */
export function IdentityMenu({ store, current, onChoose }: IdentityMenuProps) {
  const { t } = useLingui();
  const assigned = useSignal(store.assigned) ?? [];
  const number = plural(assigned.length, { one: "# mailbox", other: "# mailboxes" });
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        onPointerEnter={tellCutText}
        className="flex min-h-12 w-full items-center gap-2 rounded-md border border-border bg-surface px-2.5 py-1.5 text-left hover:bg-hover"
      >
        <span className="min-w-0 grow">
          <span className="sr-only">{t`Identity`}</span>
          <span className="line-clamp-2 text-ui font-semibold wrap-anywhere">{current ? current.name || <Address of={current} /> : t`All mailboxes`}</span>
          {current?.name && <span className="block truncate text-fine text-muted">{current.address}</span>}
          {!current && <span className="block truncate text-fine text-muted">{number}</span>}
          {current?.level === "read" && <ReadOnly />}
        </span>
        <ChevronDown size={16} aria-hidden className="shrink-0 text-muted" />
      </DropdownMenu.Trigger>
      <MenuLayer>
        <DropdownMenu.Content
          align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={focusAfterMenu}
          className="appear z-50 max-h-(--radix-dropdown-menu-content-available-height) w-80 max-w-[calc(100vw-16px)] overflow-y-auto rounded-md border border-border bg-surface p-1 shadow-pop"
        >
          <DropdownMenu.Label className="px-2 py-1 text-fine text-muted">{t`Identity`}</DropdownMenu.Label>
          {assigned.length > 1 && (
            <>
              <Line isCurrent={!current} onSelect={() => { onChoose(ALL); }}>
                <span className="block truncate text-ui font-medium">{t`All mailboxes`}</span>
                <span className="block truncate text-fine text-muted">{t`The inboxes of all of them in one list`}</span>
              </Line>
              <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-border" />
            </>
          )}
          {assigned.map((mailbox) => (
            <Line key={mailbox.id} isCurrent={mailbox.id === current?.id} onSelect={() => { onChoose(mailbox.id); }}>
              <span className="block truncate text-ui font-medium">{mailbox.name || mailbox.address}</span>
              {mailbox.name && <span className="block truncate text-fine text-muted">{mailbox.address}</span>}
              <span className="flex flex-wrap gap-x-3">
                <State store={store} mailbox={mailbox} />
                {mailbox.level === "read" && <ReadOnly />}
              </span>
            </Line>
          ))}
        </DropdownMenu.Content>
      </MenuLayer>
    </DropdownMenu.Root>
  );
}

interface LineProps {
  readonly isCurrent: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

function Line({ isCurrent, onSelect, children }: LineProps) {
  return (
    <DropdownMenu.Item
      onPointerEnter={tellCutText} onSelect={onSelect}
      className="flex min-h-11 cursor-pointer items-center gap-2 rounded-sm px-2 py-1 outline-none data-highlighted:bg-hover"
    >
      <Check size={16} aria-hidden className={isCurrent ? "shrink-0 text-accent" : "invisible shrink-0"} />
      <span className="min-w-0 grow">{children}</span>
    </DropdownMenu.Item>
  );
}

/** Breaks before the @ where it needs two lines. */
function Address({ of: { address } }: { readonly of: AssignedMailbox }) {
  const at = address.lastIndexOf("@");
  return <>{address.slice(0, at)}<wbr />{address.slice(at)}</>;
}

/** Where people look to see what they may do; the other levels need no word here. */
export function ReadOnly() {
  const { t } = useLingui();
  return <span className="flex items-center gap-1.5 text-fine text-muted"><Eye size={12} aria-hidden className="shrink-0" />{t`read only`}</span>;
}

/** What the list of mailboxes told last; good news need no words here. */
function State({ store, mailbox }: { readonly store: MailStore; readonly mailbox: AssignedMailbox }) {
  const { i18n } = useCatalog();
  const { clock, count } = useDates();
  const line = useSignal(store.line);
  const { tone, text } = syncWords({ sync: null, mailbox, line, clock, count, pause: null });
  return <StateDot tone={tone} className="tabular text-fine text-muted">{i18n._(text)}</StateDot>;
}
