import { useLingui } from "@lingui/react/macro";
import { Archive, ArrowLeft, ChevronsDownUp, ChevronsUpDown, Ellipsis, FolderInput, Mail, MailOpen, Printer, ShieldBan, Star, Tag, Trash2 } from "lucide-react";
import type { Email, EmailBody } from "@/jmap";
import { byRole, hasKeyword, isDraft } from "@/store";
import { IconButton, Menu, MenuItem, MenuSeparator } from "@/ui";
import { useFolders } from "../state/hooks";
import { homeOf, useMail } from "../state/mail";
import { usePrefs } from "../state/prefs";
import { shortcut } from "../text/keys";
import { MessageMenu } from "./MessageMenu";

/** What the bar says and does of a thread. */
export interface StackDeeds {
  readonly isUnread: boolean;
  readonly isFlagged: boolean;
  readonly foldAll: (isFolded: boolean) => void;
}

export interface MessageBarProps {
  readonly email: Email;
  readonly body: EmailBody | null;
  /** Null where one message is read alone. */
  readonly stack: StackDeeds | null;
  readonly onPrint: () => void;
}

/** What can be done with what is being read: one message, or the messages of a thread in the folder. */
export function MessageBar({ email, body, stack, onPrint }: MessageBarProps) {
  const { t } = useLingui();
  const view = useMail();
  const { screen, open, list, rowDeeds, mayWrite } = view;
  const folder = homeOf(view, email);
  const { preview } = usePrefs();
  const rows = [list?.rowOf(email.id) ?? email.id];
  const isSeen = stack ? !stack.isUnread : hasKeyword(email, "$seen");
  const isFlagged = stack ? stack.isFlagged : hasKeyword(email, "$flagged");
  const hasBack = screen === "phone" || (screen === "wide" && preview === "off") || (screen === "tablet" && preview === "off");
  return (
    <div role="toolbar" aria-label={stack ? t`Conversation` : t`Message`} className="@container flex min-h-12 shrink-0 items-center gap-0.5 border-b border-border px-2 phone:px-3 touch:gap-0 touch:px-1">
      {hasBack && <IconButton label={t`Back to the list`} shortcut={shortcut("back")} icon={<ArrowLeft size={18} aria-hidden />} onClick={() => { open(null); }} />}
      {mayWrite && (
        <>
          <ArchiveButton email={email} isInStack={stack !== null} />
          <IconButton label={folder?.role === "trash" ? t`Delete for good` : t`Delete`} shortcut={shortcut("remove")} icon={<Trash2 size={18} aria-hidden />} onClick={() => { rowDeeds.remove(rows); }} />
          <IconButton label={t`Move`} shortcut={shortcut("move")} icon={<FolderInput size={18} aria-hidden />} onClick={() => { rowDeeds.chooseFolder(rows); }} />
          <span aria-hidden className="mx-1 h-5 w-px bg-border @max-[340px]:hidden" />
          <IconButton
            label={isSeen ? t`Mark as unread` : t`Mark as read`} shortcut={shortcut(isSeen ? "markUnread" : "markRead")}
            icon={isSeen ? <Mail size={18} aria-hidden /> : <MailOpen size={18} aria-hidden />} onClick={() => { rowDeeds.setSeen(rows, !isSeen); }}
          />
          <IconButton
            label={isFlagged ? t`Remove flag` : t`Flag`} shortcut={shortcut("flag")} aria-pressed={isFlagged} className={isFlagged ? "text-warning" : ""}
            icon={<Star size={18} aria-hidden fill={isFlagged ? "currentColor" : "none"} />} onClick={() => { rowDeeds.setFlagged(rows, !isFlagged); }}
          />
        </>
      )}
      <span className="grow" />
      {stack ? <StackMenu email={email} stack={stack} onPrint={onPrint} /> : <MessageMenu email={email} body={body} isInStack={false} onPrint={onPrint} />}
    </div>
  );
}

function ArchiveButton({ email, isInStack }: { readonly email: Email; readonly isInStack: boolean }) {
  const { t } = useLingui();
  const view = useMail();
  const { account, list, rowDeeds } = view;
  const folder = homeOf(view, email);
  const archive = byRole(useFolders(account), "archive");
  if (!archive || folder?.id === archive.id || (isDraft(account, email) && !isInStack)) return null;
  return <IconButton label={t`Archive`} shortcut={shortcut("archive")} icon={<Archive size={18} aria-hidden />} onClick={() => { rowDeeds.moveToRole([list?.rowOf(email.id) ?? email.id], "archive"); }} />;
}

function StackMenu({ email, stack, onPrint }: { readonly email: Email; readonly stack: StackDeeds; readonly onPrint: () => void }) {
  const { t } = useLingui();
  const view = useMail();
  const { list, rowDeeds, mayWrite } = view;
  const isJunk = homeOf(view, email)?.role === "junk";
  return (
    <Menu align="end" trigger={<IconButton label={t`More`} icon={<Ellipsis size={18} aria-hidden />} />}>
      <MenuItem icon={<ChevronsUpDown size={16} aria-hidden />} shortcut={shortcut("unfoldAll")} onSelect={() => { stack.foldAll(false); }}>{t`Expand all messages`}</MenuItem>
      <MenuItem icon={<ChevronsDownUp size={16} aria-hidden />} shortcut={shortcut("foldAll")} onSelect={() => { stack.foldAll(true); }}>{t`Collapse all messages`}</MenuItem>
      <MenuItem icon={<Printer size={16} aria-hidden />} onSelect={onPrint}>{t`Print conversation`}</MenuItem>
      {mayWrite && <MenuSeparator />}
      {mayWrite && <MenuItem icon={<Tag size={16} aria-hidden />} shortcut={shortcut("categorise")} onSelect={() => { rowDeeds.chooseCategories([list?.rowOf(email.id) ?? email.id]); }}>{t`Categories`}</MenuItem>}
      {mayWrite && (
        <MenuItem icon={<ShieldBan size={16} aria-hidden />} shortcut={shortcut("junk")} onSelect={() => { rowDeeds.moveToRole([list?.rowOf(email.id) ?? email.id], isJunk ? "inbox" : "junk"); }}>
          {isJunk ? t`Not junk` : t`Junk`}
        </MenuItem>
      )}
    </Menu>
  );
}
