import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { isApiError, type IdentityProof } from "@/api";
import { security } from "@/api/security";
import { singleSignOn } from "@/api/single-sign-on";
import { useDates } from "@/i18n";
import { type Deed, ErrorNote, useDeed, useMe, useResource } from "@/session";
import { CodeField } from "@/session/secondFactor/CodeField";
import { knowsPasskeys, answerWithPasskey } from "@/session/secondFactor/passkeys";
import { Banner, Button, TextField } from "@/ui";
import { errorAt } from "../FormDialog";

export interface ProofForm {
  readonly password: string;
  readonly code: string;
  readonly setPassword: (password: string) => void;
  readonly setCode: (code: string) => void;
  readonly hasSecond: boolean;
  /** A passkey is asked for where no code was typed. */
  readonly mayPasskey: boolean;
  /** Set where the provider has just asked who it is, of who has neither password nor second factor. */
  readonly signedOnUntil: string | null;
  /** What to send; asks for the passkey. */
  readonly get: () => Promise<IdentityProof>;
}

/** That it is still oneself: the password, and the second factor of who has one. Of who has no password the second factor, or a fresh sign-on. */
export function useProof(): ProofForm {
  const { resource } = useResource("my second factor", security.factors);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const factors = resource.status === "ready" ? resource.data : null;
  const mayPasskey = factors !== null && factors.passkeys.length > 0 && knowsPasskeys();
  const hasSecond = factors !== null && (factors.app_since !== null || factors.passkeys.length > 0);
  const get = async (): Promise<IdentityProof> => {
    if (code.trim() !== "") return { password, code };
    return mayPasskey ? { password, passkey: await answerWithPasskey(await security.askPasskey()) } : { password };
  };
  return { password, code, setPassword, setCode, hasSecond, mayPasskey, signedOnUntil: factors?.signed_on_until ?? null, get };
}

interface ProofFieldsProps {
  readonly form: ProofForm;
  readonly deed: Pick<Deed, "error">;
  /** Under another name where the form has a password field of its own. */
  readonly hasPassword?: boolean;
  /** Where the server says what is wrong with the password. */
  readonly field?: "password" | "proof";
}

export function ProofFields({ form, deed, hasPassword = true, field = "password" }: ProofFieldsProps) {
  const { t } = useLingui();
  const me = useMe();
  const isAsked = form.hasSecond || isApiError(deed.error, "second_factor_needed");
  const isWrong = isApiError(deed.error, "wrong_password");
  const { setPassword } = form;
  useEffect(() => {
    if (isWrong) setPassword("");
  }, [isWrong, setPassword]);
  return (
    <>
      {!me.has_password && !form.hasSecond && <SignOnAnew until={form.signedOnUntil} problem={errorAt(deed, field)} />}
      {hasPassword && me.has_password && (
        <TextField
          label={t`Your password`}
          hint={t`So that nobody does this at your unlocked screen.`}
          type="password"
          autoComplete="current-password"
          required
          value={form.password}
          error={errorAt(deed, field)}
          onChange={(event) => form.setPassword(event.target.value)}
        />
      )}
      {isAsked && (
        <CodeField
          label={t`Second factor`}
          hint={form.mayPasskey ? t`Leave it empty to use a passkey, or enter a code of your app or a recovery code.` : t`A code of your app, or a recovery code.`}
          isRequired={!form.mayPasskey}
          isText
          value={form.code}
          error={errorAt(deed, "code") ?? errorAt(deed, "passkey")}
          onChange={form.setCode}
        />
      )}
    </>
  );
}

/** Who comes by single sign-on alone proves it there, and comes back to this page. */
function SignOnAnew({ until, problem }: { readonly until: string | null; readonly problem: string | undefined }) {
  const { t } = useLingui();
  const { clock } = useDates();
  const deed = useDeed();
  const leave = () => deed.run(async () => {
    const { url } = await singleSignOn.signOnAnew(window.location.pathname + window.location.search);
    window.location.assign(url);
  });
  if (until !== null && problem === undefined) {
    const end = clock(until);
    return <p className="text-list text-muted"><Trans>You have just proven with single sign-on that it is you. That is enough until {end}.</Trans></p>;
  }
  return (
    <Banner tone={problem === undefined ? "info" : "danger"} title={t`You have no password here, so prove with single sign-on that it is you.`}>
      <div className="flex flex-col items-start gap-2">
        <p><Trans>Log in once more where you always do, then come back to this page: for ten minutes that is proof enough.</Trans></p>
        {deed.error !== null && <ErrorNote error={deed.error} />}
        <Button isBusy={deed.isBusy} onClick={() => void leave()}><Trans>Log in once more</Trans></Button>
        <p className="text-list"><Trans>Does this stand here again afterwards? Then your provider does not say when you logged in. Ask an administrator for an invitation: with its link you choose a password.</Trans></p>
      </div>
    </Banner>
  );
}
