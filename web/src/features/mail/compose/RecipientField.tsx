import { useCallback } from "react";
import { peopleOf } from "../search/suggest";
import { unique } from "./addresses";
import type { Composer } from "./composer";
import type { PeopleFieldProps } from "./PeopleField";
import { PeopleField } from "./PeopleField";
import { useCorrespondents } from "./useCorrespondents";

export interface RecipientFieldProps extends Omit<PeopleFieldProps, "known"> {
  readonly composer: Composer;
}

/** Whom a letter goes to: proposed from whom its mailbox writes to and hears from, and from the mail that the browser holds. */
export function RecipientField({ composer, ...field }: RecipientFieldProps) {
  const correspondents = useCorrespondents(composer.accountId);
  const known = useCallback(() => unique([...correspondents, ...peopleOf(composer.account.emails.all())]), [correspondents, composer]);
  return <PeopleField {...field} known={known} />;
}
