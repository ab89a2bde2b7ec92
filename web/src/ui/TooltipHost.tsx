import { autoUpdate, flip, offset, shift, useFloating } from "@floating-ui/react-dom";
import { useEffect, useState } from "react";
import { useLingui } from "@lingui/react/macro";
import { createPortal } from "react-dom";
import { tipOf } from "./tip";
import { TipWatch } from "./tip-watch";

/**
 * The page's one tooltip: words beside an element that has a `tip`, on hover and on
 * keyboard focus. Never the only place of a text: what it says is the element's name.
 */
export function TooltipHost() {
  const [tipped, setTipped] = useState<HTMLElement | null>(null);
  const [watch] = useState(() => new TipWatch(setTipped));
  useEffect(() => watch.begin(), [watch]);
  return tipped && <Tooltip tipped={tipped} onGone={watch.hide} />;
}

interface TooltipProps {
  readonly tipped: HTMLElement;
  /** The element has left the page. */
  readonly onGone: () => void;
}

function Tooltip({ tipped, onGone }: TooltipProps) {
  const { t } = useLingui();
  const { label, shortcut, side = "bottom" } = tipOf(tipped);
  const [words, setWords] = useState<HTMLElement | null>(null);
  const { floatingStyles } = useFloating({
    placement: side,
    strategy: "fixed",
    middleware: [offset(6), flip(), shift({ padding: 8 })],
    elements: { reference: tipped, floating: words },
    whileElementsMounted: (reference, floating, place) =>
      autoUpdate(reference, floating, () => { if (tipped.isConnected) place(); else onGone(); }),
  });
  return createPortal(
    // Above the dialogs, which are z-50 and come later.
    <div role="region" aria-label={t`Notice`}>
      <div ref={setWords} role="tooltip" style={floatingStyles} className="z-60 w-max">
        <div className="appear flex max-w-72 items-center gap-2 rounded-sm bg-ink px-2 py-1 text-fine text-surface">
          {label}
          {shortcut && <Keys keys={shortcut} />}
        </div>
      </div>
    </div>,
    document.body,
  );
}

function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className="flex gap-1" aria-hidden>
      {keys.split(" ").map((key) => (
        <kbd key={key} className="rounded-sm border border-current/40 px-1 font-sans text-[11px] leading-4">
          {key}
        </kbd>
      ))}
    </span>
  );
}
