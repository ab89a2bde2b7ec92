import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { KeyRound, LifeBuoy, Pencil, Plus, Smartphone, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type Factors, type Passkey } from "@/api";
import { security } from "@/api/security";
import { Ago } from "@/i18n";
import { ErrorNote, useResource } from "@/session";
import { knowsPasskeys } from "@/session/secondFactor/passkeys";
import { Banner, Button, IconButton, SkeletonRows } from "@/ui";
import { Group } from "../Page";
import { AddPasskey } from "./AddPasskey";
import { RemoveFactor, RenamePasskey, RenewCodes } from "./FactorDialogs";
import { SetUpApp } from "./SetUpApp";

const FEW = 3;

export type FactorDialog =
  | { readonly kind: "app" }
  | { readonly kind: "passkey" }
  | { readonly kind: "codes" }
  | { readonly kind: "rename"; readonly passkey: Passkey }
  | { readonly kind: "remove"; readonly passkey: Passkey | null };

/** What is needed besides the password: an app for codes, passkeys, and recovery codes for bad days. */
export function SecondFactor() {
  const { resource, reload, patch } = useResource("my second factor", security.factors);
  const [dialog, setDialog] = useState<FactorDialog | null>(null);
  const close = () => setDialog(null);
  const done = () => void reload();
  const renamed = (fresh: Passkey) => patch((known) => ({ ...known, passkeys: known.passkeys.map((one) => (one.id === fresh.id ? fresh : one)) }));
  return (
    <Group
      title={<Trans>Second factor</Trans>}
      intro={<Trans>Something you have, besides the password you know: so a stolen password opens nothing.</Trans>}
    >
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {resource.status === "loading" && <SkeletonRows rows={2} />}
      {resource.status === "ready" && <Ready factors={resource.data} onDialog={setDialog} />}
      {dialog?.kind === "app" && <SetUpApp onClose={close} onDone={done} />}
      {dialog?.kind === "passkey" && <AddPasskey onClose={close} onDone={done} />}
      {dialog?.kind === "codes" && <RenewCodes onClose={close} onDone={done} />}
      {dialog?.kind === "rename" && <RenamePasskey passkey={dialog.passkey} onRenamed={renamed} onClose={close} />}
      {dialog?.kind === "remove" && <RemoveFactor passkey={dialog.passkey} onClose={close} onDone={done} />}
    </Group>
  );
}

interface ReadyProps {
  readonly factors: Factors;
  readonly onDialog: (dialog: FactorDialog) => void;
}

function Ready({ factors, onDialog }: ReadyProps) {
  const hasAny = factors.app_since !== null || factors.passkeys.length > 0;
  return (
    <div className="flex flex-col gap-3">
      <Notes factors={factors} hasAny={hasAny} onDialog={onDialog} />
      <ul className="-my-1 flex flex-col">
        <AppLine since={factors.app_since} onDialog={onDialog} />
        <PasskeysLine factors={factors} onDialog={onDialog} />
        {hasAny && <CodesLine left={factors.recovery_left} onDialog={onDialog} />}
      </ul>
    </div>
  );
}

/** What a person should do about it. */
function Notes({ factors, hasAny, onDialog }: ReadyProps & { readonly hasAny: boolean }) {
  const { t } = useLingui();
  const { recovery_left: left } = factors;
  if (!hasAny && !factors.is_required) return null;
  if (!hasAny) {
    return (
      <Banner tone="warning" title={t`A second factor is required here.`}>
        <Trans>Set one up now. Otherwise you are asked to at your next login.</Trans>
      </Banner>
    );
  }
  if (left > FEW) return null;
  return (
    <Banner
      tone="warning"
      title={left === 0 ? t`You have no recovery code left.` : <Plural value={left} one="You have # recovery code left." other="You have # recovery codes left." />}
      actions={<Button onClick={() => onDialog({ kind: "codes" })}><Trans>Make new codes</Trans></Button>}
    >
      <Trans>Without one you need an administrator when your phone is lost.</Trans>
    </Banner>
  );
}

interface LineProps {
  readonly icon: ReactNode;
  readonly title: ReactNode;
  readonly about: ReactNode;
  readonly actions: ReactNode;
  readonly children?: ReactNode;
}

function Line({ icon, title, about, actions, children }: LineProps) {
  return (
    <li className="border-b border-border py-3 last:border-b-0">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <span aria-hidden className="mt-0.5 text-muted">{icon}</span>
        <div className="min-w-40 grow basis-40">
          <p className="font-medium">{title}</p>
          <p className="text-list text-muted">{about}</p>
        </div>
        <div className="flex gap-2">{actions}</div>
      </div>
      {children}
    </li>
  );
}

function AppLine({ since, onDialog }: { readonly since: string | null } & Pick<ReadyProps, "onDialog">) {
  const { t } = useLingui();
  return (
    <Line
      icon={<Smartphone size={18} />}
      title={<Trans>App for codes</Trans>}
      about={since === null ? <Trans>An app on your phone shows another code every half minute.</Trans> : <Trans>set up <Ago at={since} /></Trans>}
      actions={
        <>
          <Button onClick={() => onDialog({ kind: "app" })}>{since === null ? <Trans>Set up app</Trans> : <Trans>Change phone</Trans>}</Button>
          {since !== null && (
            <IconButton label={t`Remove the app`} icon={<X size={16} aria-hidden />} onClick={() => onDialog({ kind: "remove", passkey: null })} />
          )}
        </>
      }
    />
  );
}

function PasskeysLine({ factors, onDialog }: ReadyProps) {
  const { t } = useLingui();
  const mayAdd = factors.may_passkeys && knowsPasskeys();
  return (
    <Line
      icon={<KeyRound size={18} />}
      title={<Trans>Passkeys</Trans>}
      about={mayAdd ? (
        <Trans>Your finger, face, device PIN or a security key. You can log in with them without a password, too.</Trans>
      ) : factors.may_passkeys ? (
        <Trans>This browser does not offer passkeys.</Trans>
      ) : (
        <Trans>Browsers offer passkeys only where Poststelle is reached by https and under a name.</Trans>
      )}
      actions={mayAdd && (
        <Button icon={<Plus size={16} aria-hidden />} onClick={() => onDialog({ kind: "passkey" })}><Trans>Add passkey</Trans></Button>
      )}
    >
      {factors.passkeys.length > 0 && (
        <ul aria-label={t`Passkeys`} className="mt-1 ml-7 flex flex-col">
          {factors.passkeys.map((passkey) => (
            <li key={passkey.id} className="flex items-center gap-2">
              <p className="min-w-0 grow py-1.5 wrap-anywhere">
                {passkey.name}
                <span className="ml-2 text-list text-muted">
                  {passkey.last_used_at === null ? <Trans>never used</Trans> : <Trans>last used <Ago at={passkey.last_used_at} /></Trans>}
                </span>
              </p>
              <IconButton label={t`Rename the passkey ${passkey.name}`} icon={<Pencil size={16} aria-hidden />} onClick={() => onDialog({ kind: "rename", passkey })} />
              <IconButton label={t`Remove the passkey ${passkey.name}`} icon={<X size={16} aria-hidden />} onClick={() => onDialog({ kind: "remove", passkey })} />
            </li>
          ))}
        </ul>
      )}
    </Line>
  );
}

function CodesLine({ left, onDialog }: { readonly left: number } & Pick<ReadyProps, "onDialog">) {
  return (
    <Line
      icon={<LifeBuoy size={18} />}
      title={<Trans>Recovery codes</Trans>}
      about={<Trans>{left} of 10 left, for when the others are lost</Trans>}
      actions={<Button onClick={() => onDialog({ kind: "codes" })}><Trans>Make new codes</Trans></Button>}
    />
  );
}
