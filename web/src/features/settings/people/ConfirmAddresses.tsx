import { Trans, useLingui } from "@lingui/react/macro";
import { useId, useState } from "react";
import type { User } from "@/api";
import type { Deed } from "@/session";
import { Checkbox } from "@/ui";
import { errorAt } from "../FormDialog";

/** By which single sign-on may find a person: the e-mail address, and the login where it looks like one. */
export function addressesOf(email: string, login: string): readonly string[] {
  const keys = [email, login].map((text) => text.trim().toLowerCase()).filter((text) => text.includes("@"));
  return [...new Set(keys)];
}

/** What is confirmed is the addresses as they stood there; others than these have to be looked at again. */
export function useConfirmation(addresses: readonly string[]) {
  const { t } = useLingui();
  const [confirmed, setConfirmed] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(false);
  const key = addresses.join(" ");
  const isConfirmed = confirmed === key;
  return {
    addresses,
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

interface ConfirmAddressesProps {
  readonly user: User;
  readonly form: ReturnType<typeof useConfirmation>;
  readonly deed: Pick<Deed, "error">;
}

/** Before somebody becomes an administrator: a program, or anybody at an unlocked screen, may have named an address of their own. */
export function ConfirmAddresses({ user, form, deed }: ConfirmAddressesProps) {
  const { t } = useLingui();
  const problem = useId();
  const { addresses } = form;
  const hasAddress = addresses.length > 0;
  if (!hasAddress && !user.is_signed_on) return null;
  const refused = form.error ?? errorAt(deed, hasAddress ? "addresses" : "is_who_came");
  return (
    <div className="flex flex-col gap-2 rounded-md bg-warning-surface px-4 py-3">
      {hasAddress ? <Addresses user={user} addresses={addresses} /> : (
        <p>
          <Trans>Somebody has come as {user.name} by single sign-on, by an address that does not stand here any more. They become the administrator. If you are not sure that it was {user.name}, enter their e-mail address above.</Trans>
        </p>
      )}
      <Checkbox
        label={hasAddress ? t`I have looked: these addresses are ${user.name}'s own.` : t`I am sure: it was ${user.name} who came by single sign-on.`}
        checked={form.isConfirmed}
        aria-invalid={refused !== undefined}
        aria-describedby={refused === undefined ? undefined : problem}
        onChange={(event) => { form.set(event.target.checked); }}
      />
      {refused && <p id={problem} role="alert" className="text-danger">{refused}</p>}
    </div>
  );
}

function Addresses({ user, addresses }: { readonly user: User; readonly addresses: readonly string[] }) {
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
      {user.is_signed_on && (
        <p>
          <Trans>Somebody has come as {user.name} by single sign-on before. Whoever it was is logged out, and comes in again only by one of these addresses. Links and programs of {user.name} end, too.</Trans>
        </p>
      )}
    </>
  );
}
