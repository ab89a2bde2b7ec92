import { useLingui } from "@lingui/react/macro";
import type { RowList } from "@/store";
import { cx } from "@/ui";
import { boxClass } from "./boxClass";
import { useRows } from "../state/hooks";
import { useListView } from "../state/mail";
import { NO_TICKS, extended } from "../state/ticks";

/** The box that ticks every message of the list, loaded or not. */
export function TickAll({ list }: { readonly list: RowList }) {
  const { t } = useLingui();
  const { ticks, setTicks, setProblem } = useListView();
  const total = useRows(list).length;
  const isAll = total > 0 && ticks.ids.size >= total;
  const tickAll = (): void => {
    if (ticks.ids.size > 0) setTicks(() => NO_TICKS);
    else list.idsBetween(0, total).then((ids) => { setTicks((old) => extended(old, ids)); }, setProblem);
  };
  return (
    <label className="flex size-7 touch:size-11 shrink-0 cursor-pointer items-center justify-center" title={t`Select all`}>
      <input
        type="checkbox" aria-label={t`Select all`} checked={isAll} disabled={total === 0} onChange={tickAll}
        ref={(box) => { if (box) box.indeterminate = ticks.ids.size > 0 && !isAll; }}
        className={cx("size-4", boxClass)}
      />
    </label>
  );
}
