import { useLingui } from "@lingui/react/macro";
import { ArrowDownUp, Columns2, Columns3, Command, Ellipsis, PanelTop, Rows2, Rows3, Square } from "lucide-react";
import { IconButton, Menu, MenuChoice, MenuItem, MenuSeparator, MenuSub } from "@/ui";
import { isPaletteOpen } from "../palette/door";
import { shortcut } from "../text/keys";
import { useMail } from "../state/mail";
import { changePrefs, layoutChange, usePrefs } from "../state/prefs";
import { SORTS, directionWord, sortWord } from "./columnWords";
import { KINDS } from "./columns";
import { useViewChoices } from "./viewChoices";

/** How list and page look: conversations, preview, layout, how dense, in which order. */
export function ViewMenu() {
  const { t } = useLingui();
  const { screen, setDialog } = useMail();
  const { preview, isThreaded, layout, density } = usePrefs();
  const { previews, groupings, layouts, densities } = useViewChoices();
  const icons = { right: <Columns2 size={18} aria-hidden />, below: <Rows2 size={18} aria-hidden />, off: <Square size={18} aria-hidden /> };
  const isPhone = screen === "phone";
  const icon = screen === "wide" ? icons[preview] : isPhone ? <Ellipsis size={18} aria-hidden /> : <PanelTop size={18} aria-hidden />;
  return (
    <Menu align="end" trigger={<IconButton label={t`View`} icon={icon} />}>
      <MenuChoice label={t`Messages`} value={isThreaded ? "on" : "off"} onChange={(value) => { changePrefs({ isThreaded: value === "on" }); }} choices={groupings} />
      <MenuSeparator />
      {!isPhone && <MenuChoice label={t`Preview`} value={preview} onChange={(value) => { changePrefs({ preview: value }); }} choices={previews} />}
      {!isPhone && <MenuSeparator />}
      {!isPhone && (
        <MenuSub label={t`Layout`} icon={<Rows3 size={16} aria-hidden />}>
          <MenuChoice label={t`Layout`} value={layout} onChange={(value) => { changePrefs(layoutChange(value)); }} choices={layouts} />
          <MenuSeparator />
          <MenuItem icon={<Columns3 size={16} aria-hidden />} onSelect={() => { setDialog({ kind: "columns" }); }}>{t`Columns …`}</MenuItem>
        </MenuSub>
      )}
      <MenuSub label={t`Density`} icon={<Rows2 size={16} aria-hidden />}>
        <MenuChoice label={t`Density`} value={density} onChange={(value) => { changePrefs({ density: value }); }} choices={densities} />
      </MenuSub>
      <SortMenu />
      <MenuSeparator />
      <MenuItem icon={<Command size={16} aria-hidden />} shortcut={shortcut("palette")} onSelect={() => { isPaletteOpen.set(true); }}>{t`Commands`}</MenuItem>
      {!isPhone && <MenuItem shortcut="?" onSelect={() => { setDialog({ kind: "keys" }); }}>{t`Keyboard shortcuts`}</MenuItem>}
    </Menu>
  );
}

function SortMenu() {
  const { t } = useLingui();
  const { sort } = usePrefs();
  const directions = [false, true].map((isAscending) => ({ value: isAscending ? "up" as const : "down" as const, label: directionWord(sort.by, isAscending) }));
  const isLargestFirst = (by: typeof sort.by): boolean => Object.values(KINDS).some((kind) => kind.sortedBy === by && kind.isLargestFirst);
  return (
    <MenuSub label={t`Sort by`} icon={<ArrowDownUp size={16} aria-hidden />}>
      <MenuChoice
        label={t`Sort by`} value={sort.by} choices={SORTS.map((value) => ({ value, label: sortWord(value) }))}
        onChange={(by) => { changePrefs({ sort: { by, isAscending: !isLargestFirst(by) } }); }}
      />
      <MenuSeparator />
      <MenuChoice label={t`Order`} value={sort.isAscending ? "up" : "down"} onChange={(value) => { changePrefs({ sort: { ...sort, isAscending: value === "up" } }); }} choices={directions} />
    </MenuSub>
  );
}
