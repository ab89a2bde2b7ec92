import { useLingui } from "@lingui/react/macro";
import { ChevronDown } from "lucide-react";
import type { MessageList } from "@/store";
import { IconButton, Menu, MenuItem, MenuSeparator, cx } from "@/ui";
import { boxClass } from "./boxClass";
import type { ActionId } from "../state/actions";
import { ACTIONS } from "../state/actions";
import { useRows } from "../state/hooks";
import { useMail } from "../state/mail";
import { NO_TICKS } from "../state/ticks";
import { shortcut } from "../text/keys";

/** The box that ticks every message of the list, loaded or not, and beside it the ways to tick some. */
export function TickAll({ list }: { readonly list: MessageList }) {
  const { t } = useLingui();
  const view = useMail();
  const { ticks, setTicks } = view;
  const total = useRows(list).length;
  const isAll = total > 0 && ticks.ids.size >= total;
  const run = (id: Choice): void => { ACTIONS[id].run?.(view, ""); };
  const line = (id: Choice, word: string) => <MenuItem shortcut={shortcut(id)} onSelect={() => { run(id); }}>{word}</MenuItem>;
  return (
    <span className="flex shrink-0 items-center">
      <label className="flex size-7 touch:size-11 shrink-0 cursor-pointer items-center justify-center" title={t`Select all`}>
        <input
          type="checkbox" aria-label={t`Select all`} checked={isAll} disabled={total === 0}
          onChange={() => { if (ticks.ids.size > 0) setTicks(() => NO_TICKS); else run("tickAll"); }}
          ref={(box) => { if (box) box.indeterminate = ticks.ids.size > 0 && !isAll; }}
          className={cx("size-4", boxClass)}
        />
      </label>
      <Menu trigger={<IconButton label={t`Select by state`} icon={<ChevronDown size={14} aria-hidden />} disabled={total === 0} className="-ml-1 h-7 w-5" />}>
        {line("tickAll", t`All`)}
        {line("tickNone", t`None`)}
        {line("invert", t`Inverted`)}
        <MenuSeparator />
        {line("tickUnread", t`Unread`)}
        {line("tickRead", t`Read`)}
        {line("tickFlagged", t`Flagged`)}
        {line("tickAttachment", t`With attachment`)}
      </Menu>
    </span>
  );
}

type Choice = Extract<ActionId, "tickAll" | "tickNone" | "invert" | "tickUnread" | "tickRead" | "tickFlagged" | "tickAttachment">;
