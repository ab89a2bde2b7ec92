import { Trans, useLingui } from "@lingui/react/macro";
import { ArrowUp, KeyRound, Plus, RefreshCw, X } from "lucide-react";
import { useState } from "react";
import { type AccountRow, api, type SignInRow, type SignInWish } from "@/api";
import { admin } from "@/api/admin";
import { Ago } from "@/i18n";
import { ErrorNote, signInReason, useDeed } from "@/session";
import { Button, Details, Dialog, IconButton, StateDot, type StateTone } from "@/ui";
import type { PatchRow } from "./MailboxPage";
import { Group } from "./Page";
import { RemoveSignIn } from "./RemoveSignIn";
import { signInName } from "./words";

export interface SignInsProps {
  readonly row: AccountRow;
  readonly isMine: boolean;
  readonly patch: PatchRow;
  readonly onChanged: () => void;
}

/** Something that must be confirmed first: a way to Microsoft, or the application's access. */
type Asked = { readonly kind: "sign_in"; readonly wish: SignInWish } | { readonly kind: "application" };

/** The mailbox's sign-ins in the order in which they are used; each of them can stand in for the others. */
export function SignIns({ row, isMine, patch, onChanged }: SignInsProps) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [leaving, setLeaving] = useState<SignInRow | null>(null);
  const deed = useDeed();
  const rows = row.sign_ins ?? [];
  if (row.type !== "graph") return null;

  const show = (fresh: readonly SignInRow[]) => {
    patch((old) => ({ ...old, sign_ins: fresh }));
    onChanged();
  };

  return (
    <Group
      title={<Trans>Sign-ins at Microsoft</Trans>}
      intro={<Trans>The first that works is in use. When it ends, the next one takes over at once.</Trans>}
      side={
        <span className="flex flex-wrap gap-2">
          {isMine && rows.length > 0 && (
            <Button
              icon={<Plus size={16} aria-hidden />}
              onClick={() => setAsked({ kind: "sign_in", wish: { is_reserve: true, is_shared: row.is_shared ?? false } })}
            >
              <Trans>Add a sign-in as reserve</Trans>
            </Button>
          )}
          {!rows.some((one) => one.kind === "application" && one.state !== "lost") && (
            <Button icon={<KeyRound size={16} aria-hidden />} onClick={() => setAsked({ kind: "application" })}>
              <Trans>Allow access by application</Trans>
            </Button>
          )}
        </span>
      }
    >
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-4" />}
      {rows.length === 0 ? (
        <p className="py-2 text-muted">
          <Trans>None yet. Open the mailbox to sign in, or let the application open it.</Trans>
        </p>
      ) : (
        <ol className="-my-1 flex flex-col">
          {rows.map((one, place) => (
            <SignInLine
              key={one.id}
              signIn={one}
              isFirst={place === 0}
              onRenew={() => setAsked({ kind: "sign_in", wish: { renews: one.id, is_shared: one.kind === "delegate" } })}
              onUp={() => void deed.run(async () => show(await admin.moveSignInUp(row.id, one.id)))}
              onRemove={() => setLeaving(one)}
            />
          ))}
        </ol>
      )}
      {asked && <Confirm row={row} asked={asked} onClose={() => setAsked(null)} onAllowed={show} />}
      {leaving && <RemoveSignIn row={row} signIn={leaving} onClose={() => setLeaving(null)} onRemoved={show} />}
    </Group>
  );
}

interface SignInLineProps {
  readonly signIn: SignInRow;
  readonly isFirst: boolean;
  readonly onRenew: () => void;
  readonly onUp: () => void;
  readonly onRemove: () => void;
}

const tones: Record<SignInRow["state"], StateTone> = { in_use: "good", standing_by: "off", lost: "attention" };

function SignInLine({ signIn, isFirst, onRenew, onUp, onRemove }: SignInLineProps) {
  const { t } = useLingui();
  const name = signInName(signIn);
  const states = { in_use: t`In use`, standing_by: t`Standing by`, lost: t`No longer works` };
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b border-border py-2.5 last:border-b-0">
      <div className="min-w-0 grow basis-60">
        <p className="font-medium wrap-anywhere">{name}</p>
        <p className="text-list text-muted">
          {signIn.kind === "delegate" && <><Trans>may open the mailbox</Trans> · </>}
          {signIn.by && <><Trans>by {signIn.by}</Trans>, </>}
          <Ago at={signIn.at} />
          {signIn.kind !== "application" && signIn.state !== "lost" && (
            <> · <Trans>last renewed <Ago at={signIn.refreshed_at} /></Trans></>
          )}
          {signIn.lost_at && <> · <Trans>ended <Ago at={signIn.lost_at} /></Trans></>}
        </p>
        {signIn.state === "lost" && <Why signIn={signIn} />}
      </div>
      <StateDot tone={tones[signIn.state]} className="mt-0.5 w-36 shrink-0">{states[signIn.state]}</StateDot>
      <div className="flex w-30 shrink-0 items-center justify-end gap-1">
        {signIn.may_renew && signIn.kind !== "application" && (
          <IconButton label={t`Sign in again for ${name}`} icon={<RefreshCw size={16} aria-hidden />} onClick={onRenew} />
        )}
        {signIn.may_change && !isFirst && (
          <IconButton label={t`Move ${name} up`} icon={<ArrowUp size={16} aria-hidden />} onClick={onUp} />
        )}
        {signIn.may_change && (
          <IconButton label={t`Remove the sign-in ${name}`} icon={<X size={16} aria-hidden />} onClick={onRemove} />
        )}
      </div>
    </li>
  );
}

function Why({ signIn }: { readonly signIn: SignInRow }) {
  const { what, remedy } = signInReason(signIn.reason);
  return (
    <div className="mt-1 text-list">
      <p>
        {what} {remedy}
      </p>
      {signIn.reason && <Details code={signIn.reason} />}
    </div>
  );
}

interface ConfirmProps {
  readonly row: AccountRow;
  readonly asked: Asked;
  readonly onClose: () => void;
  readonly onAllowed: (fresh: readonly SignInRow[]) => void;
}

/** Every sign-in is confirmed by somebody who has been told who will read the mailbox. */
function Confirm({ row, asked, onClose, onAllowed }: ConfirmProps) {
  const { i18n } = useLingui();
  const deed = useDeed();
  const people = new Intl.ListFormat(i18n.locale, { type: "conjunction" }).format(row.users.map((user) => user.name));
  const isApplication = asked.kind === "application";
  const confirm = () =>
    void deed.run(async () => {
      if (isApplication) {
        onAllowed(await admin.allowApplication(row.id));
        onClose();
        return;
      }
      const { url } = await api.startSignIn(row.id, asked.wish);
      window.location.assign(url);
      await new Promise<never>(() => undefined); // the browser is leaving this page
    });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isApplication ? <Trans>Access by application</Trans> : <Trans>Sign in at Microsoft</Trans>}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" isBusy={deed.isBusy} onClick={confirm}>
            {isApplication ? <Trans>Understood, allow access</Trans> : <Trans>Understood, sign in</Trans>}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {deed.error !== null && <ErrorNote error={deed.error} />}
        <p className="font-semibold break-all">{row.address}</p>
        <p>
          {isApplication ? (
            <Trans>
              Poststelle opens the mailbox by itself, without a person's sign-in, as far as the organisation's
              administrator has approved it. It becomes the first sign-in; the others stand by.
            </Trans>
          ) : (
            <Trans>
              You sign in with an account that is or may open this mailbox. The password is only typed at Microsoft.
            </Trans>
          )}
        </p>
        <p>
          {row.users.length > 0 ? (
            <Trans>These people can read the whole mailbox: <strong>{people}</strong>. Your confirmation is kept in the audit trail.</Trans>
          ) : (
            <Trans>Everybody who is assigned can read the whole mailbox. Your confirmation is kept in the audit trail.</Trans>
          )}
        </p>
      </div>
    </Dialog>
  );
}
