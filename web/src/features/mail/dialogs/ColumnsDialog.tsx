import { Trans, useLingui } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Minus, Plus } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Button, Dialog, IconButton, cx } from "@/ui";
import { boxClass } from "../list/boxClass";
import { columnWord } from "../list/columnWords";
import { hidden, movedBy, resized, toggled } from "../list/columns";
import { useListView } from "../state/mail";
import type { Column, ColumnName } from "../state/prefs";
import { PAGE, changePrefs, layoutChange, usePrefs } from "../state/prefs";

const STEP_PX = 16;

/** Which columns the table has, in which order and how wide: for keyboards and fingers what the heads are for a pointer. */
export function ColumnsDialog() {
  const { t } = useLingui();
  const { setDialog } = useListView();
  const { columns, layout } = usePrefs();
  const close = (): void => { setDialog(null); };
  return (
    <Dialog
      isOpen onClose={close} title={t`Columns`}
      actions={(
        <>
          <Button onClick={() => { changePrefs({ columns: PAGE.columns }); }}>{t`Reset columns`}</Button>
          <Button variant="primary" onClick={close}>{t`Done`}</Button>
        </>
      )}
    >
      {layout !== "table" && (
        <p className="mb-3 flex flex-wrap items-center justify-between gap-2 rounded-md bg-info-surface px-3 py-2 text-list">
          <Trans>Columns are shown when the list is a table.</Trans>
          <Button onClick={() => { changePrefs(layoutChange("table")); }}>{t`Show as a table`}</Button>
        </p>
      )}
      <ul aria-label={t`Columns`}>
        {columns.map((column, at) => <Shown key={column.name} column={column} columns={columns} isFirst={at === 0} isLast={at === columns.length - 1} />)}
        {hidden(columns).map((name) => <Hidden key={name} name={name} columns={columns} />)}
      </ul>
    </Dialog>
  );
}

const line = "flex min-h-9 touch:min-h-11 items-center gap-1 border-b border-border last:border-b-0";

interface ShownProps {
  readonly column: Column;
  readonly columns: readonly Column[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function Shown({ column: { name, width }, columns, isFirst, isLast }: ShownProps) {
  const { t } = useLingui();
  const word = columnWord(name);
  const move = (by: 1 | -1): void => { changePrefs({ columns: movedBy(columns, name, by) }); };
  const widen = (by: number): void => { changePrefs({ columns: resized(columns, name, width + by) }); };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : null;
    if (by === null || !event.altKey) return;
    event.preventDefault();
    move(by);
  };
  return (
    <li className={line} onKeyDown={onKeyDown}>
      <Tick name={name} isOn isFixed={name === "subject"} columns={columns} />
      <span className="tabular text-fine text-muted">{t`${width} px`}</span>
      <IconButton label={t`${word}: narrower`} icon={<Minus size={16} aria-hidden />} onClick={() => { widen(-STEP_PX); }} />
      <IconButton label={t`${word}: wider`} icon={<Plus size={16} aria-hidden />} onClick={() => { widen(STEP_PX); }} />
      <IconButton label={t`${word}: up`} icon={<ArrowUp size={16} aria-hidden />} disabled={isFirst} onClick={() => { move(-1); }} />
      <IconButton label={t`${word}: down`} icon={<ArrowDown size={16} aria-hidden />} disabled={isLast} onClick={() => { move(1); }} />
    </li>
  );
}

function Hidden({ name, columns }: { readonly name: ColumnName; readonly columns: readonly Column[] }) {
  return <li className={line}><Tick name={name} isOn={false} isFixed={false} columns={columns} /></li>;
}

interface TickProps {
  readonly name: ColumnName;
  readonly isOn: boolean;
  /** It is always shown. */
  readonly isFixed: boolean;
  readonly columns: readonly Column[];
}

function Tick({ name, isOn, isFixed, columns }: TickProps) {
  return (
    <label className="flex min-w-0 grow cursor-pointer items-center gap-2.5 py-1">
      <input
        type="checkbox" checked={isOn} disabled={isFixed} onChange={() => { changePrefs({ columns: toggled(columns, name) }); }}
        className={cx("size-4 shrink-0 touch:size-5", boxClass)}
      />
      <span className={cx("truncate", !isOn && "text-muted")}>{columnWord(name)}</span>
    </label>
  );
}
