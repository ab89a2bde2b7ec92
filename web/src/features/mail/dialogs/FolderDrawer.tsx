import { useLingui } from "@lingui/react/macro";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { useWayBack } from "@/ui";
import { useListView } from "../state/mail";

/** The folders as a drawer from the left, where the page is too narrow for a third pane. */
export function FolderDrawer({ children }: { readonly children: ReactNode }) {
  const { t } = useLingui();
  const { setDialog } = useListView();
  const { remember, goBack } = useWayBack();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) setDialog(null); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="appear fixed inset-0 z-40 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined} onOpenAutoFocus={remember} onCloseAutoFocus={goBack}
          className="appear fixed inset-y-0 left-0 z-40 flex w-[min(300px,85vw)] flex-col overflow-y-auto border-r border-border bg-sunken p-2 shadow-pop"
        >
          <Dialog.Title className="sr-only">{t`Folders`}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
