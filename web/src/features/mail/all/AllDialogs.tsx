import { plural } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Archive, Inbox, ShieldBan, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Suspense, lazy } from "react";
import type { EmailId } from "@/jmap";
import { narrowed } from "@/store";
import { Button, Dialog } from "@/ui";
import { DestroyDialog } from "../dialogs/DestroyDialog";
import { Dialogs } from "../dialogs/Dialogs";
import { FolderDrawer } from "../dialogs/FolderDrawer";
import { MoveDialog } from "../dialogs/MoveDialog";
import { MailContext } from "../state/mail";
import { useRoleNames } from "../state/useNameOf";
import type { AllView } from "./useAllView";

const KeysDialog = lazy(async () => ({ default: (await import("../dialogs/KeysDialog")).KeysDialog }));
const ColumnsDialog = lazy(async () => ({ default: (await import("../dialogs/ColumnsDialog")).ColumnsDialog }));

const CategoriesDialog = lazy(async () => ({ default: (await import("../dialogs/CategoriesDialog")).CategoriesDialog }));

/** Whichever dialog is open: about rows, or about one of the mailboxes. */
export function AllDialogs({ all, folders }: { readonly all: AllView; readonly folders: ReactNode }) {
  const { dialog: asked, parts, viewIn } = all;
  if (!asked) return null;
  const { of, dialog } = asked;
  const part = parts.find(({ account }) => account.id === of);
  if (part) return <MailContext value={viewIn(part)}><Dialogs folders={null} /></MailContext>;
  switch (dialog.kind) {
    case "keys": return <Suspense fallback={null}><KeysDialog /></Suspense>;
    case "columns": return <Suspense fallback={null}><ColumnsDialog /></Suspense>;
    case "folders": return <FolderDrawer>{folders}</FolderDrawer>;
    case "categories": return <Suspense fallback={null}><CategoriesDialog view={all.view} ids={dialog.ids} /></Suspense>;
    case "destroy": return <DestroyDialog ids={dialog.ids} />;
    case "move": return <Move all={all} ids={dialog.ids} />;
    default: return null;
  }
}

/** Folders are of one mailbox: messages of several can go where each of them has one. */
function Move({ all, ids }: { readonly all: AllView; readonly ids: readonly EmailId[] }) {
  const accounts = new Set(ids.map((id) => narrowed(id)?.account));
  const [first] = accounts;
  const part = all.parts.find(({ account }) => account.id === first);
  if (accounts.size > 1 || !part) return <MoveAcross all={all} ids={ids} />;
  const own = ids.flatMap((id) => narrowed(id)?.id ?? []);
  return <MailContext value={all.viewIn(part)}><MoveDialog ids={own} /></MailContext>;
}

function MoveAcross({ all: { view, role }, ids }: { readonly all: AllView; readonly ids: readonly EmailId[] }) {
  const names = useRoleNames();
  const close = (): void => { view.setDialog(null); };
  const choices = [
    { name: names.inbox, of: "inbox", icon: <Inbox size={16} aria-hidden />, run: () => { view.deeds.moveToRole(ids, "inbox"); } },
    { name: names.archive, of: "archive", icon: <Archive size={16} aria-hidden />, run: () => { view.deeds.moveToRole(ids, "archive"); } },
    { name: names.junk, of: "junk", icon: <ShieldBan size={16} aria-hidden />, run: () => { view.deeds.moveToRole(ids, "junk"); } },
    { name: names.trash, of: "trash", icon: <Trash2 size={16} aria-hidden />, run: () => { view.deeds.remove(ids); } },
  ].filter(({ of }) => view.search !== null || of !== role);
  return (
    <Dialog isOpen onClose={close} title={plural(ids.length, { one: "Move message to", other: "Move # messages to" })}>
      <p className="text-muted">
        <Trans>These messages are from several mailboxes. Each one moves within its own. For other folders, select messages of one mailbox only.</Trans>
      </p>
      <ul className="mt-3 flex flex-col gap-1">
        {choices.map(({ name, icon, run }) => (
          <li key={name}><Button variant="ghost" icon={icon} className="w-full justify-start" onClick={() => { close(); run(); }}>{name}</Button></li>
        ))}
      </ul>
    </Dialog>
  );
}
