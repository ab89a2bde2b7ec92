import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useId, useState } from "react";
import { isApiError, type User } from "@/api";
import { singleSignOn } from "@/api/single-sign-on";
import { isSameAddress, tidyAddress } from "@/lib/address";
import { type Deed, useMe, useResource } from "@/session";
import { Checkbox } from "@/ui";
import { errorAt } from "../FormDialog";

/** By which single sign-on may find a person: the e-mail address, and a login that an administrator chose as one. */
export function addressesOf(email: string, user: Pick<User, "login" | "is_login_address">): readonly string[] {
  const texts = user.is_login_address ? [email, user.login] : [email];
  const keys = texts.map((text) => tidyAddress(text).toLowerCase()).filter((text) => text.includes("@"));
  return [...new Set(keys)];
}

/** What is confirmed is what stood there (`key`); anything else has to be looked at again. */
function useConfirmation(key: string) {
  const { t } = useLingui();
  const [confirmed, setConfirmed] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(false);
  const isConfirmed = confirmed === key;
  return {
    isConfirmed,
    error: isMissing && !isConfirmed ? t`Please confirm this first.` : undefined,
    set: (is: boolean): void => { setConfirmed(is ? key : null); },
    /** Says at the box that it is missing, and answers whether it is there. */
    check: (): boolean => {
      setMissing(!isConfirmed);
      return isConfirmed;
    },
  };
}

interface Wanted {
  readonly email: string;
  readonly may_settings: boolean;
}

/**
 * What is to be known before somebody becomes an administrator, or one gets another address: a program, or anybody at
 * an unlocked screen, may have named an address of their own. The server decides the same (`access/comers.py`).
 */
export function useComer(user: User | null, wanted: Wanted, deed: Pick<Deed, "error">) {
  const me = useMe();
  const isSignedOn = user?.is_signed_on === true;
  const { resource } = useResource(`who vouches for ${isSignedOn}`, async () => (isSignedOn ? (await singleSignOn.get()).provider : null));
  const addresses = user === null ? [] : addressesOf(wanted.email, user);
  const key = addresses.join(" ");
  const confirmed = useConfirmation(key);
  const whoCame = useConfirmation("who came");
  const isMade = user !== null && wanted.may_settings && !user.may_settings;
  const isRenamed = user !== null && wanted.may_settings && user.may_settings && user.id !== me.id && !isSameAddress(wanted.email, user.email);
  const isTrusted = resource.status === "ready" && resource.data?.trusts_addresses === true;
  const [refusedFor, setRefusedFor] = useState<string | null>(null);
  const isRefusedNow = isApiError(deed.error, "comer_unconfirmed");
  // What the server has asked stays asked, whatever is refused next.
  if (isRefusedNow && refusedFor === null) setRefusedFor(key);
  const isRefused = isRefusedNow || refusedFor === key;
  const isForgotten = isSignedOn && (isMade || isRenamed) && isTrusted && addresses.length > 0 && !isRefused;
  const stays = isSignedOn && (isMade || isRenamed) && !isForgotten;
  const keeps = isMade && (user.has_password || user.has_second_factor);
  const asksAddresses = isMade && addresses.length > 0;
  const asksWhoCame = keeps || stays || ((isMade || isRenamed) && isRefused);
  return {
    addresses, asksAddresses, asksWhoCame, confirmed, whoCame, keeps, stays,
    /** Who has come by single sign-on has to be found anew: they are out. */
    isForgotten,
    check: (): boolean => {
      const missing = [asksAddresses && !confirmed.check(), asksWhoCame && !whoCame.check()];
      return !missing.includes(true);
    },
    /** What to send with the change. */
    said: () => ({ ...(isMade && { addresses }), ...(asksWhoCame && { is_who_came: true }) }),
  };
}

interface ConfirmComerProps {
  readonly user: User;
  readonly form: ReturnType<typeof useComer>;
  readonly deed: Pick<Deed, "error">;
}

export function ConfirmComer({ user, form, deed }: ConfirmComerProps) {
  const { t } = useLingui();
  const { name } = user;
  if (!form.asksAddresses && !form.asksWhoCame && !form.isForgotten) return null;
  return (
    <div className="flex flex-col gap-2 rounded-md bg-warning-surface px-4 py-3">
      {form.asksAddresses && (
        <>
          <Addresses addresses={form.addresses} />
          <Confirmation label={t`I have looked: these addresses are ${name}'s own.`} form={form.confirmed} problem={errorAt(deed, "addresses")} />
        </>
      )}
      {form.isForgotten && <Forgotten name={name} hasPassword={user.has_password} addresses={form.addresses} />}
      {form.asksWhoCame && (
        <>
          {form.keeps && (
            <p>
              <Trans>The password and the second factor of {name} stay: whoever chose them is an administrator then. If you are not sure that it was {name}, set a new password or reset the second factor first.</Trans>
            </p>
          )}
          {!form.keeps && !form.stays && <p><Trans>Whoever has come in as {name} so far is an administrator then.</Trans></p>}
          {form.stays && (
            <p>
              <Trans>Somebody has come as {name} by single sign-on and goes on coming in, for nobody could be found anew by an address. If you are not sure that it was {name}, detach {name} from single sign-on first.</Trans>
            </p>
          )}
          <Confirmation label={t`I am sure: nobody but ${name} has come in as ${name} so far.`} form={form.whoCame} problem={errorAt(deed, "is_who_came")} />
        </>
      )}
    </div>
  );
}

interface ConfirmationProps {
  readonly label: ReactNode;
  readonly form: ReturnType<typeof useConfirmation>;
  readonly problem: string | undefined;
}

function Confirmation({ label, form, problem }: ConfirmationProps) {
  const id = useId();
  const refused = form.error ?? problem;
  return (
    <>
      <Checkbox
        label={label}
        checked={form.isConfirmed}
        aria-invalid={refused !== undefined}
        aria-describedby={refused === undefined ? undefined : id}
        onChange={(event) => { form.set(event.target.checked); }}
      />
      {refused && <p id={id} role="alert" className="text-danger">{refused}</p>}
    </>
  );
}

function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <>
      <p>
        <Trans>By single sign-on, whoever has one of these addresses at the provider comes in as this administrator:</Trans>
      </p>
      <ul className="list-disc pl-5">
        {addresses.map((one) => (
          <li key={one} className="font-medium break-all">
            {one}
          </li>
        ))}
      </ul>
    </>
  );
}

function Forgotten({ name, addresses, hasPassword }: { readonly name: string; readonly addresses: readonly string[]; readonly hasPassword: boolean }) {
  const all = addresses.join(", ");
  return (
    <p className="break-words">
      <Trans>Somebody has come as {name} by single sign-on. Whoever it was is logged out everywhere, and links and programs of {name} end. By single sign-on only who has {all} at the provider comes in again.</Trans>
      {hasPassword && <> <Trans>Who knows the password of {name} comes in by it as before.</Trans></>}
    </p>
  );
}
