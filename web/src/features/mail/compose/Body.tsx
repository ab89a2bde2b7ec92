import { useLingui } from "@lingui/react/macro";
import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";
import { found, templatesOf } from "../boilerplate/filled";
import { useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import { Editor } from "./editor/Editor";
import type { Proposals } from "./editor/slash";
import type { StockProps } from "./SignatureMenu";
import type { Stock } from "./useNeeds";

interface BodyProps extends StockProps {
  readonly isShown: boolean;
  readonly onSend: () => void;
}

/** The text of a letter: with formatting, or plain. */
export function Body({ composer, stock, isShown, onSend }: BodyProps) {
  const { t } = useLingui();
  const { isPlain, text, to } = useSignal(composer.letter);
  const isToolbarShown = useSignal(composer.isFormatting);
  const [isFirst] = useState(to.length > 0);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!isPlain || !isFirst) return;
    area.current?.focus();
    area.current?.setSelectionRange(0, 0);
  }, [isPlain, isFirst]);
  usePlainInsertion(composer, area, isPlain);
  if (!isPlain) return <Editor holder={composer} isFirst={isFirst && isShown} isToolbarShown={isToolbarShown} onSend={onSend} proposals={proposalsOf(stock)} />;
  return (
    <textarea
      ref={area} data-text aria-label={t`Text`} value={text} onChange={(event) => { composer.change({ text: event.target.value }); }}
      className="min-h-0 grow resize-none bg-transparent px-4 py-3 font-mono text-list outline-none touch:text-[16px]"
    />
  );
}

/** Words that are put in go where the writing mark stands, as if they were typed. */
function usePlainInsertion(composer: Composer, area: RefObject<HTMLTextAreaElement | null>, isPlain: boolean): void {
  useEffect(() => {
    if (!isPlain) return undefined;
    composer.holdPlain((words) => {
      const field = area.current;
      if (!field) return;
      const { selectionStart: from, selectionEnd: to, value } = field;
      composer.change({ text: value.slice(0, from) + words + value.slice(to) });
      requestAnimationFrame(() => { field.focus(); field.setSelectionRange(from + words.length, from + words.length); });
    });
    return () => { composer.holdPlain(null); };
  }, [composer, area, isPlain]);
}

function proposalsOf(stock: Stock): Proposals {
  const all = stock.needs ? templatesOf(stock.needs) : [];
  return {
    find: (words) => found(all, words).map(({ id, name, subject, plain }) => ({ key: id, name, detail: subject || plain.replace(/\s+/gu, " ").trim() })),
    choose: (key) => {
      const one = all.find(({ id }) => id === key);
      if (one) stock.insert(one);
    },
  };
}
