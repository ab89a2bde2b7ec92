import { useLingui } from "@lingui/react/macro";
import { Download, Ellipsis, FileCode, FolderInput, Forward, History, Mail, MailOpen, Paperclip, Printer, Reply, ReplyAll, ShieldBan, Tag, Trash2 } from "lucide-react";
import type { Email, EmailBody } from "@/jmap";
import { hasKeyword, isDraft, widened } from "@/store";
import { IconButton, Menu, MenuItem, MenuSeparator } from "@/ui";
import { homeOf, useMail } from "../state/mail";
import { shortcut } from "../text/keys";
import { archiveOf, listedAttachments, originalUrl, saveFile } from "./files";
import { toggleHistory } from "./historyDoor";
import { fetchAndSave } from "./underWay";

export interface MessageMenuProps {
  readonly email: Email;
  readonly body: EmailBody | null;
  /** One of several: what else is done with it is in its menu too. */
  readonly isInStack: boolean;
  readonly onPrint: () => void;
}

/** What can be done with one message beside what stands in the bar. */
export function MessageMenu({ email, body, isInStack, onPrint }: MessageMenuProps) {
  const { t } = useLingui();
  const view = useMail();
  const { account, deeds, mayWrite, setProblem, setDialog } = view;
  const isJunk = homeOf(view, email)?.role === "junk";
  const files = body ? listedAttachments(body, new Set()).filter(({ blobId }) => blobId) : [];
  const original = originalUrl(view, email, t`Message`);
  const saveAll = (): void => {
    const { url, key } = archiveOf(account, email, files, t`Attachments`);
    fetchAndSave(url, key).catch(setProblem);
  };
  return (
    <Menu align="end" trigger={<IconButton label={isInStack ? t`More for this message` : t`More`} icon={<Ellipsis size={18} aria-hidden />} />}>
      {isInStack && <AnswerItems email={email} />}
      {isInStack && mayWrite && <ChangeItems email={email} />}
      <MenuItem icon={<Printer size={16} aria-hidden />} shortcut={isInStack ? undefined : shortcut("print")} onSelect={onPrint}>{t`Print`}</MenuItem>
      <MenuItem icon={<History size={16} aria-hidden />} shortcut={isInStack ? undefined : shortcut("history")} onSelect={() => { toggleHistory(widened(account.id, email.id)); }}>{t`Message history`}</MenuItem>
      <MenuItem icon={<FileCode size={16} aria-hidden />} onSelect={() => { setDialog({ kind: "original", id: email.id }); }}>{t`Show original`}</MenuItem>
      <MenuItem icon={<Download size={16} aria-hidden />} onSelect={() => { saveFile(original); }}>{t`Download message (.eml)`}</MenuItem>
      {files.length > 1 && <MenuItem icon={<Paperclip size={16} aria-hidden />} onSelect={saveAll}>{t`Download all attachments`}</MenuItem>}
      {mayWrite && !isInStack && <MenuSeparator />}
      {mayWrite && !isInStack && <MenuItem icon={<Tag size={16} aria-hidden />} shortcut={shortcut("categorise")} onSelect={() => { deeds.chooseCategories([email.id]); }}>{t`Categories`}</MenuItem>}
      {mayWrite && !isInStack && (
        <MenuItem icon={<ShieldBan size={16} aria-hidden />} shortcut={shortcut("junk")} onSelect={() => { deeds.moveToRole([email.id], isJunk ? "inbox" : "junk"); }}>
          {isJunk ? t`Not junk` : t`Junk`}
        </MenuItem>
      )}
    </Menu>
  );
}

function AnswerItems({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { account, writing } = useMail();
  if (!writing.isPossible || isDraft(account, email)) return null;
  return (
    <>
      <MenuItem icon={<Reply size={16} aria-hidden />} onSelect={() => { writing.answer("reply", email.id); }}>{t`Reply`}</MenuItem>
      <MenuItem icon={<ReplyAll size={16} aria-hidden />} onSelect={() => { writing.answer("replyAll", email.id); }}>{t`Reply all`}</MenuItem>
      <MenuItem icon={<Forward size={16} aria-hidden />} onSelect={() => { writing.answer("forward", email.id); }}>{t`Forward`}</MenuItem>
      <MenuSeparator />
    </>
  );
}

function ChangeItems({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { deeds } = useMail();
  const isSeen = hasKeyword(email, "$seen");
  return (
    <>
      <MenuItem icon={isSeen ? <Mail size={16} aria-hidden /> : <MailOpen size={16} aria-hidden />} onSelect={() => { deeds.setSeen([email.id], !isSeen); }}>
        {isSeen ? t`Mark as unread` : t`Mark as read`}
      </MenuItem>
      <MenuItem icon={<Tag size={16} aria-hidden />} onSelect={() => { deeds.chooseCategories([email.id]); }}>{t`Categories`}</MenuItem>
      <MenuItem icon={<FolderInput size={16} aria-hidden />} onSelect={() => { deeds.chooseFolder([email.id]); }}>{t`Move`}</MenuItem>
      <MenuItem icon={<Trash2 size={16} aria-hidden />} onSelect={() => { deeds.remove([email.id]); }}>{t`Delete this message`}</MenuItem>
      <MenuSeparator />
    </>
  );
}
