import { Trans } from "@lingui/react/macro";
import { type AccountRow, type SignInRow } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Button, Dialog } from "@/ui";
import { isAtProof, useAskedProof } from "./security/askedProof";
import { ProofFields } from "./security/proof";
import { signInName } from "./words";

interface RemoveProps {
  readonly row: AccountRow;
  readonly signIn: SignInRow;
  readonly onClose: () => void;
  readonly onRemoved: (rest: readonly SignInRow[]) => void;
}

/** Forget one sign-in; what becomes of the mailbox is said before. */
export function RemoveSignIn({ row, signIn, onClose, onRemoved }: RemoveProps) {
  const deed = useDeed();
  const proof = useAskedProof();
  const name = signInName(signIn);
  const remove = async () => {
    const isDone = await deed.run(async () => {
      try {
        onRemoved(await admin.removeSignIn(row.id, signIn.id, proof.isAsked ? await proof.form.get() : undefined));
      } catch (error) {
        proof.noteAsked(error);
        throw error;
      }
    });
    if (isDone) onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>Remove the sign-in {name}?</Trans>}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" isBusy={deed.isBusy} onClick={() => void remove()}>
            <Trans>Remove sign-in</Trans>
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {deed.error !== null && !isAtProof(deed.error) && <ErrorNote error={deed.error} />}
        <p className="font-semibold break-all">{row.address}</p>
        <Afterwards others={(row.sign_ins ?? []).filter((one) => one.id !== signIn.id)} />
        <p>
          <Trans>The sign-in is forgotten here; the account at Microsoft stays as it is.</Trans>
        </p>
        {proof.isAsked && <ProofFields form={proof.form} deed={deed} field="proof" />}
      </div>
    </Dialog>
  );
}

/** `others` in the order in which they are used: the first that works has the mailbox. */
function Afterwards({ others }: { readonly others: readonly SignInRow[] }) {
  const next = others.find((one) => one.state !== "lost");
  if (!next) {
    return (
      <>
        <p>{others.length === 0 ? <Trans>It is the only one.</Trans> : <Trans>None of the others works.</Trans>}</p>
        <p>
          <Trans>
            No new mail is fetched and nothing is sent until somebody has signed in at Microsoft again. Messages already
            loaded stay readable for the assigned users.
          </Trans>
        </p>
      </>
    );
  }
  const name = signInName(next);
  return (
    <p>
      {next.state === "in_use" ? (
        <Trans>Nothing changes for the mailbox: {name} is in use and stays so.</Trans>
      ) : (
        <Trans>{name} takes over at once; mail goes on coming and going.</Trans>
      )}
    </p>
  );
}
