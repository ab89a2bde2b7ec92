import { useLingui } from "@lingui/react/macro";
import { Archive, ArrowLeft, Download, Ellipsis, FileCode, FolderInput, Mail, MailOpen, Paperclip, ShieldBan, Star, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Email, EmailBody } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { byRole, hasKeyword, isDraft } from "@/store";
import { IconButton, Menu, MenuItem, MenuSeparator } from "@/ui";
import { useFolders } from "../state/hooks";
import { homeOf, useMail } from "../state/mail";
import { usePrefs } from "../state/prefs";
import { OriginalDialog } from "./OriginalDialog";
import { fileName, listedAttachments, saveFile, saveName } from "./files";
import { fetchAndSave } from "./underWay";

export interface MessageBarProps {
  readonly email: Email;
  readonly body: EmailBody | null;
}

/** What can be done with the message being read. */
export function MessageBar({ email, body }: MessageBarProps) {
  const { t } = useLingui();
  const view = useMail();
  const { screen, open, deeds, mayWrite, setDialog } = view;
  const folder = homeOf(view, email);
  const { preview } = usePrefs();
  const ids = [email.id];
  const isSeen = hasKeyword(email, "$seen");
  const isFlagged = hasKeyword(email, "$flagged");
  const hasBack = screen === "phone" || (screen === "wide" && preview === "off") || (screen === "tablet" && preview === "off");
  return (
    <div role="toolbar" aria-label={t`Message`} className="flex min-h-12 shrink-0 items-center gap-0.5 border-b border-border px-2 phone:px-3">
      {hasBack && <IconButton label={t`Back to the list`} shortcut="u" icon={<ArrowLeft size={18} aria-hidden />} onClick={() => { open(null); }} />}
      {mayWrite && (
        <>
          <ArchiveButton email={email} />
          <IconButton label={folder?.role === "trash" ? t`Delete for good` : t`Delete`} shortcut="#" icon={<Trash2 size={18} aria-hidden />} onClick={() => { deeds.remove(ids); }} />
          <IconButton label={t`Move`} shortcut="v" icon={<FolderInput size={18} aria-hidden />} onClick={() => { setDialog({ kind: "move", ids }); }} />
          <span aria-hidden className="mx-1 h-5 w-px bg-border" />
          <IconButton
            label={isSeen ? t`Mark as unread` : t`Mark as read`} shortcut={isSeen ? "Shift U" : "Shift I"}
            icon={isSeen ? <Mail size={18} aria-hidden /> : <MailOpen size={18} aria-hidden />} onClick={() => { deeds.setSeen(ids, !isSeen); }}
          />
          <IconButton
            label={isFlagged ? t`Remove flag` : t`Flag`} shortcut="s" aria-pressed={isFlagged} className={isFlagged ? "text-warning" : ""}
            icon={<Star size={18} aria-hidden fill={isFlagged ? "currentColor" : "none"} />} onClick={() => { deeds.setFlagged(ids, !isFlagged); }}
          />
        </>
      )}
      <span className="grow" />
      <MoreMenu email={email} body={body} />
    </div>
  );
}

function ArchiveButton({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const view = useMail();
  const { account, deeds } = view;
  const folder = homeOf(view, email);
  const archive = byRole(useFolders(account), "archive");
  if (!archive || folder?.id === archive.id || isDraft(account, email)) return null;
  return <IconButton label={t`Archive`} shortcut="e" icon={<Archive size={18} aria-hidden />} onClick={() => { deeds.move([email.id], archive.id); }} />;
}

function MoreMenu({ email, body }: MessageBarProps) {
  const { t } = useLingui();
  const view = useMail();
  const { account, session, deeds, mayWrite, setProblem } = view;
  const [isOriginalOpen, setOriginalOpen] = useState(false);
  const isJunk = homeOf(view, email)?.role === "junk";
  const files = body ? listedAttachments(body, new Set()) : [];
  const original = downloadUrl(session, account.id, email.blobId, { name: saveName(email.subject || t`Message`, "eml"), type: "message/rfc822" });
  const saveAll = (): void => {
    for (const { blobId, name, type } of files) {
      if (blobId) fetchAndSave(downloadUrl(session, account.id, blobId, { name: fileName(name ?? "") || t`Attachment`, type }), blobId).catch(setProblem);
    }
  };
  return (
    <>
      <Menu align="end" trigger={<IconButton label={t`More`} icon={<Ellipsis size={18} aria-hidden />} />}>
        <MenuItem icon={<FileCode size={16} aria-hidden />} onSelect={() => { setOriginalOpen(true); }}>{t`Show original`}</MenuItem>
        <MenuItem icon={<Download size={16} aria-hidden />} onSelect={() => { saveFile(original); }}>{t`Download message (.eml)`}</MenuItem>
        {files.length > 1 && <MenuItem icon={<Paperclip size={16} aria-hidden />} onSelect={saveAll}>{t`Download all attachments`}</MenuItem>}
        {mayWrite && <MenuSeparator />}
        {mayWrite && (
          <MenuItem icon={<ShieldBan size={16} aria-hidden />} shortcut="!" onSelect={() => { deeds.moveToRole([email.id], isJunk ? "inbox" : "junk"); }}>
            {isJunk ? t`Not junk` : t`Junk`}
          </MenuItem>
        )}
      </Menu>
      {isOriginalOpen && <OriginalDialog url={original} onClose={() => { setOriginalOpen(false); }} />}
    </>
  );
}
