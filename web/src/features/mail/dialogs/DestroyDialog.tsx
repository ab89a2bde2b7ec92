import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { EmailId } from "@/jmap";
import { Button, Dialog } from "@/ui";
import { useListView } from "../state/mail";

/** The question before messages are gone for good. */
export function DestroyDialog({ ids }: { readonly ids: readonly EmailId[] }) {
  const { t } = useLingui();
  const { deeds, ownerOf, setDialog } = useListView();
  const isLocal = ids.every((id) => ownerOf(id)?.mailbox.type === "local");
  const close = (): void => { setDialog(null); };
  return (
    <Dialog
      isOpen onClose={close} title={plural(ids.length, { one: "Delete this message for good?", other: "Delete # messages for good?" })}
      actions={
        <>
          <Button data-focus-first onClick={close}>{t`Cancel`}</Button>
          <Button variant="danger" onClick={() => { close(); deeds.destroy(ids); }}>{t`Delete for good`}</Button>
        </>
      }
    >
      <p>
        {isLocal
          ? <Trans>This is for everybody who uses this mailbox, and can't be undone.</Trans>
          : <Trans>This is for everybody who uses this mailbox, here and at Microsoft, and can't be undone.</Trans>}
      </p>
    </Dialog>
  );
}
