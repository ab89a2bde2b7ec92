import { useLingui } from "@lingui/react/macro";
import { AlignCenter, AlignLeft, AlignRight, Baseline } from "lucide-react";
import type { Command } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { Toolbar as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton, Menu, MenuChoice, MenuSeparator } from "@/ui";
import type { ColourName, HighlightName } from "./colours";
import { COLOURS, HIGHLIGHTS, INK, shownColour, shownHighlight } from "./colours";
import type { Align, Look } from "./looks";
import { alignTo, paint } from "./looks";

export interface LookMenuProps {
  readonly view: EditorView;
  readonly look: Look;
  readonly run: (command: Command) => void;
}

/** The colour of the text, and of what lies behind it. */
export function ColourMenu({ view, look, run }: LookMenuProps) {
  const { t } = useLingui();
  const words: Readonly<Record<ColourName, string>> = { red: t`Red`, brown: t`Brown`, green: t`Green`, blue: t`Blue`, purple: t`Purple`, grey: t`Grey` };
  const marker: Readonly<Record<HighlightName, string>> = { yellow: t`Yellow`, green: t`Light green`, blue: t`Light blue`, pink: t`Pink` };
  const letter = (style: Readonly<Record<string, string>>): ReactNode => <span aria-hidden className="inline-flex size-5 shrink-0 items-center justify-center rounded-sm border border-border text-list font-semibold" style={style}>A</span>;
  const colours = [
    { value: "", label: t`Usual colour`, icon: letter({}) },
    ...names(COLOURS).map((name) => ({ value: COLOURS[name].hex as string, label: words[name], icon: letter({ color: shownColour(COLOURS[name].hex) }) })),
  ];
  const highlights = [
    { value: "", label: t`No highlight`, icon: letter({}) },
    ...names(HIGHLIGHTS).map((name) => ({ value: HIGHLIGHTS[name].hex as string, label: marker[name], icon: letter({ backgroundColor: shownHighlight(HIGHLIGHTS[name].hex), color: `light-dark(${INK.hex}, ${INK.dark})` }) })),
  ];
  const { colour, highlight } = look;
  const icon = <Baseline size={16} aria-hidden style={colour === null ? {} : { color: shownColour(colour) }} />;
  return (
    <Menu side="top" trigger={<Button label={t`Colour`} isPressed={colour !== null || highlight !== null} icon={icon} />} takeFocus={() => { view.focus(); return true; }}>
      <MenuChoice label={t`Text colour`} value={colour ?? ""} choices={colours} onChange={(hex) => { run(paint("colour", hex || null)); }} />
      <MenuSeparator />
      <MenuChoice label={t`Highlight`} value={highlight ?? ""} choices={highlights} onChange={(hex) => { run(paint("highlight", hex || null)); }} />
    </Menu>
  );
}

function names<T extends string>(tones: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(tones) as T[];
}

const aligned: Readonly<Record<Align, ReactNode>> = { left: <AlignLeft size={16} aria-hidden />, center: <AlignCenter size={16} aria-hidden />, right: <AlignRight size={16} aria-hidden /> };

export function AlignMenu({ view, look, run }: LookMenuProps) {
  const { t } = useLingui();
  const choices: readonly { readonly value: Align; readonly label: string; readonly icon: ReactNode }[] = [
    { value: "left", label: t`Left-aligned`, icon: aligned.left }, { value: "center", label: t`Centred`, icon: aligned.center }, { value: "right", label: t`Right-aligned`, icon: aligned.right },
  ];
  return (
    <Menu side="top" trigger={<Button label={t`Alignment`} isPressed={look.align !== "left"} icon={aligned[look.align]} />} takeFocus={() => { view.focus(); return true; }}>
      <MenuChoice label={t`Alignment`} value={look.align} choices={choices} onChange={(align) => { run(alignTo(align)); }} />
    </Menu>
  );
}

/** A button of the bar that opens a menu; what else it is given is the menu's. */
function Button({ label, icon, isPressed, ...ofMenu }: { readonly label: string; readonly icon: ReactNode; readonly isPressed: boolean }) {
  return <Primitive.Button asChild {...ofMenu}><IconButton label={label} icon={icon} isPressed={isPressed} /></Primitive.Button>;
}
