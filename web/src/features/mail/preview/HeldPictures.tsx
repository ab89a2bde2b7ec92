import { useLingui } from "@lingui/react/macro";
import { ImageOff } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { ApiError } from "@/api";
import type { Email } from "@/jmap";
import { ErrorNote, isAllowed, pictureSenders } from "@/session";
import { Button } from "@/ui";
import { MailError } from "../MailError";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { offerUndo } from "../state/undo";
import { pictureChoices, pictureSender } from "./pictures";

export interface HeldProps {
  readonly icon: ReactNode;
  readonly children: ReactNode;
  readonly deed: string;
  readonly onDeed: () => void;
  /** Beside the deed. */
  readonly more?: ReactNode;
}

/** A quiet line above a message: what was held back and why, and the button that brings it. */
export function Held({ icon, children, deed, onDeed, more }: HeldProps) {
  return (
    <div role="status" className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-border bg-sunken px-3 py-1 text-list text-muted phone:mx-6">
      {icon}
      <span className="min-w-0 flex-[1_1_14rem]">{children}</span>
      <span className="-mr-2 ml-auto flex max-w-full flex-wrap justify-end">
        <Button variant="ghost" onClick={onDeed} className="text-accent">{deed}</Button>
        {more}
      </span>
    </div>
  );
}

interface LineProps {
  readonly onShow: () => void;
  readonly children?: ReactNode;
  readonly more?: ReactNode;
}

/** Says that pictures from outside were not fetched, and fetches them when asked, for this message only. */
export function HeldPictures({ onShow, children, more }: LineProps) {
  const { t } = useLingui();
  return (
    <Held icon={<ImageOff size={16} aria-hidden className="shrink-0" />} deed={t`Show pictures`} onDeed={onShow} more={more}>
      {children ?? t`Pictures from the internet were not loaded; they would tell the sender that you are reading.`}
    </Held>
  );
}

/** Likewise of a stored message: they can be shown of all its sender's messages too, and then nothing is asked. */
export function PicturesOf({ email, onShow }: { readonly email: Email; readonly onShow: () => void }) {
  const { t } = useLingui();
  const { account, setProblem } = useMail();
  const sender = pictureSender(account, email);
  const known = useSignal(pictureSenders.all);
  const [state, setState] = useState<{ readonly isInDoubt: boolean } | { readonly error: unknown } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const choices = pictureChoices(account);
  const isWanted = sender !== null && isAllowed(known, sender);
  useEffect(() => { pictureSenders.load().catch(() => undefined); }, []); // unknown, it is asked
  useEffect(() => {
    let isCurrent = true;
    if (isWanted) {
      choices.isInDoubt(email.id).then(
        (isInDoubt) => { if (isCurrent) setState({ isInDoubt }); },
        () => { if (isCurrent) setState({ isInDoubt: true }); }, // it can't be looked up now: it is asked
      );
    }
    return () => { isCurrent = false; };
  }, [choices, email.id, isWanted]);
  const always = async (address: string): Promise<void> => {
    setBusy(true);
    try {
      const isInDoubt = await choices.isInDoubt(email.id);
      setState({ isInDoubt });
      if (isInDoubt) return;
      await pictureSenders.choose(address, true);
      offerUndo(t`Pictures from ${address} are now always shown.`, () => { pictureSenders.choose(address, false).catch(setProblem); });
    } catch (error) {
      setState({ error });
    } finally {
      setBusy(false);
    }
  };
  if (isWanted && !state) return null; // being looked up; a line that goes at once would only move the text
  const isInDoubt = state !== null && "isInDoubt" in state && state.isInDoubt;
  const mayAlways = sender !== null && known !== null && !isWanted && !isInDoubt;
  return (
    <>
      <HeldPictures
        onShow={onShow}
        more={mayAlways && <Button variant="ghost" isBusy={isBusy} onClick={() => void always(sender)} className="max-w-full text-accent"><span className="text-left whitespace-normal wrap-anywhere">{t`Always show from ${sender}`}</span></Button>}
      >
        {isInDoubt && sender ? t`It is not certain that this message is from ${sender}. Its pictures are shown only when you ask for them.` : undefined}
      </HeldPictures>
      {state && "error" in state && <div className="mx-4 mb-2 phone:mx-6">{state.error instanceof ApiError ? <ErrorNote error={state.error} /> : <MailError error={state.error} />}</div>}
    </>
  );
}
