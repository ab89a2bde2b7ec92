import { useState } from "react";
import { ApiError } from "@/api";
import { type ProofForm, useProof } from "./proof";

/** Whether an error stands at the fields of the proof. */
export const isAtProof = (error: unknown): boolean => error instanceof ApiError && ["proof", "code", "passkey"].includes(error.field ?? "");

export interface AskedProof {
  readonly form: ProofForm;
  readonly isAsked: boolean;
  /** To be told what was refused. */
  readonly noteAsked: (error: unknown) => void;
  readonly clear: () => void;
}

/** A proof that is asked for once the server has said that it is needed. */
export function useAskedProof(): AskedProof {
  const form = useProof();
  const [isAsked, setAsked] = useState(false);
  const noteAsked = (error: unknown) => {
    if (isAtProof(error)) setAsked(true);
  };
  const clear = () => {
    setAsked(false);
    form.setPassword("");
    form.setCode("");
  };
  return { form, isAsked, noteAsked, clear };
}
