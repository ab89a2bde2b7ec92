import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { api, isApiError, type IdentityProof } from "@/api";
import { type Deed, useResource } from "@/session";
import { CodeField } from "@/session/secondFactor/CodeField";
import { knowsPasskeys, answerWithPasskey } from "@/session/secondFactor/passkeys";
import { TextField } from "@/ui";
import { errorAt } from "../FormDialog";

export interface ProofForm {
  readonly password: string;
  readonly code: string;
  readonly setPassword: (password: string) => void;
  readonly setCode: (code: string) => void;
  readonly hasSecond: boolean;
  /** A passkey is asked for where no code was typed. */
  readonly mayPasskey: boolean;
  /** What to send; asks for the passkey. */
  readonly get: () => Promise<IdentityProof>;
}

/** That it is still oneself: the password, and the second factor of who has one. */
export function useProof(): ProofForm {
  const { resource } = useResource("my second factor", api.factors);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const factors = resource.status === "ready" ? resource.data : null;
  const mayPasskey = factors !== null && factors.passkeys.length > 0 && knowsPasskeys();
  const hasSecond = factors !== null && (factors.app_since !== null || factors.passkeys.length > 0);
  const get = async (): Promise<IdentityProof> => {
    if (code.trim() !== "") return { password, code };
    return mayPasskey ? { password, passkey: await answerWithPasskey(await api.askPasskey()) } : { password };
  };
  return { password, code, setPassword, setCode, hasSecond, mayPasskey, get };
}

interface ProofFieldsProps {
  readonly form: ProofForm;
  readonly deed: Pick<Deed, "error">;
  /** Under another name where the form has a password field of its own. */
  readonly hasPassword?: boolean;
}

export function ProofFields({ form, deed, hasPassword = true }: ProofFieldsProps) {
  const { t } = useLingui();
  const isAsked = form.hasSecond || isApiError(deed.error, "second_factor_needed");
  return (
    <>
      {hasPassword && (
        <TextField
          label={t`Your password`}
          hint={t`So that nobody does this at your unlocked screen.`}
          type="password"
          autoComplete="current-password"
          required
          value={form.password}
          error={errorAt(deed, "password")}
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
