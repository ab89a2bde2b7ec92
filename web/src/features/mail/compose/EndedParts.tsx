import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Banner, Button, CopyButton, Dialog, toastFloor } from "@/ui";
import { useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import { plainOf } from "./editor/mailHtml";
import type { Letter } from "./letter";

/** Why the letter can't be kept or sent any more, and what is left to do. */
export function EndedNotice({ composer }: { readonly composer: Composer }) {
  const { t } = useLingui();
  const ended = useSignal(composer.ended);
  const { address } = composer;
  return (
    <div role="status" className="shrink-0">
      {ended && (
        <Banner isInLiveRegion tone="warning" className="rounded-none" title={ended === "access" ? t`Your access to ${address} has ended.` : t`You may not write in ${address} any more.`}>
          <p>{t`This message can be neither saved nor sent. Copy your text if you need it.`}</p>
        </Banner>
      )}
    </div>
  );
}

/** In place of all that needs the mailbox. */
export function EndedFoot({ composer, onClose }: { readonly composer: Composer; readonly onClose: () => void }) {
  const { t } = useLingui();
  return (
    <footer ref={toastFloor} className="flex shrink-0 flex-wrap items-center gap-2 border-t border-border px-3 py-2">
      <CopyButton variant="primary" label={t`Copy text`} text={() => wordsOf(composer.now())} />
      <Button onClick={onClose}>{t`Close`}</Button>
    </footer>
  );
}

/** Closing an ended letter loses it: asked once. The answer is what closes it, and the question. */
export function useEnding(composer: Composer, close: () => void) {
  const { t } = useLingui();
  const ended = useSignal(composer.ended);
  const [isAsked, setAsked] = useState(false);
  const lose = (): void => {
    composer.keeper.stop();
    close();
  };
  const question = isAsked && (
    <Dialog
      isOpen onClose={() => { setAsked(false); }} title={t`Close without keeping the text?`}
      actions={<><Button data-focus-first onClick={() => { setAsked(false); }}>{t`Go back`}</Button><Button variant="danger" onClick={lose}>{t`Close and lose the text`}</Button></>}
    >
      <p>{t`This message can be neither saved nor sent. Copy your text if you need it.`}</p>
    </Dialog>
  );
  return { ended, question, close: (): void => { if (ended && composer.hasContent) setAsked(true); else close(); } };
}

function wordsOf({ isPlain, text, html }: Letter): string {
  return isPlain ? text : plainOf(html);
}
