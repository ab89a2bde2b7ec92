import { useLingui } from "@lingui/react/macro";
import { Bold, Image, IndentDecrease, Italic, Link, List, ListOrdered, Quote, RemoveFormatting, Strikethrough, Underline } from "lucide-react";
import { lift, toggleMark, wrapIn } from "prosemirror-commands";
import { liftListItem, wrapInList } from "prosemirror-schema-list";
import type { Command } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { Toolbar as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { useRef } from "react";
import { IconButton } from "@/ui";
import { AlignMenu, ColourMenu } from "./LookMenus";
import type { Look } from "./looks";
import { plainLook } from "./looks";
import { schema } from "./schema";

export interface ToolbarProps {
  readonly view: EditorView;
  readonly look: Look;
  readonly onLink: () => void;
  /** Null: no picture can be put in. */
  readonly onPicture: ((file: File) => void) | null;
  /** More buttons, at the beginning. */
  readonly children?: ReactNode;
}

/** Buttons for the look of the text. Arrow keys go from one to the next. */
export function Toolbar({ view, look, onLink, onPicture, children }: ToolbarProps) {
  const { t } = useLingui();
  const picker = useRef<HTMLInputElement>(null);
  const run = (command: Command): void => {
    command(view.state, (transaction) => { view.dispatch(transaction); });
    view.focus();
  };
  const mark = (name: string): void => { const type = schema.marks[name]; if (type) run(toggleMark(type)); };
  const list = (name: string): void => {
    const [type, item] = [schema.nodes[name], schema.nodes["list_item"]];
    if (type && item) run(look.has(name) ? liftListItem(item) : wrapInList(type));
  };
  const quote = (): void => { const type = schema.nodes["blockquote"]; if (type) run(look.has("blockquote") ? lift : wrapIn(type)); };
  return (
    <Primitive.Root aria-label={t`Format`} className="flex shrink-0 items-center gap-0.5 overflow-x-auto border-t border-border px-2 py-1">
      {children}
      <Tool label={t`Bold`} shortcut={t`Ctrl b`} icon={<Bold size={16} aria-hidden />} isPressed={look.has("strong")} onPress={() => { mark("strong"); }} />
      <Tool label={t`Italic`} shortcut={t`Ctrl i`} icon={<Italic size={16} aria-hidden />} isPressed={look.has("em")} onPress={() => { mark("em"); }} />
      <Tool label={t`Underlined`} shortcut={t`Ctrl u`} icon={<Underline size={16} aria-hidden />} isPressed={look.has("underline")} onPress={() => { mark("underline"); }} />
      <Tool label={t`Struck through`} icon={<Strikethrough size={16} aria-hidden />} isPressed={look.has("strike")} onPress={() => { mark("strike"); }} />
      <ColourMenu view={view} look={look} run={run} />
      <Primitive.Separator className="mx-1 h-5 w-px bg-border" />
      <Tool label={t`Bulleted list`} icon={<List size={16} aria-hidden />} isPressed={look.has("bullet_list")} onPress={() => { list("bullet_list"); }} />
      <Tool label={t`Numbered list`} icon={<ListOrdered size={16} aria-hidden />} isPressed={look.has("ordered_list")} onPress={() => { list("ordered_list"); }} />
      <Tool label={t`Quote`} icon={look.has("blockquote") ? <IndentDecrease size={16} aria-hidden /> : <Quote size={16} aria-hidden />} isPressed={look.has("blockquote")} onPress={quote} />
      <AlignMenu view={view} look={look} run={run} />
      <Primitive.Separator className="mx-1 h-5 w-px bg-border" />
      <Tool label={t`Link`} shortcut={t`Ctrl k`} icon={<Link size={16} aria-hidden />} isPressed={look.has("link")} onPress={onLink} />
      {onPicture && <Tool label={t`Picture in the text`} icon={<Image size={16} aria-hidden />} onPress={() => { picker.current?.click(); }} />}
      <Tool label={t`Remove formatting`} icon={<RemoveFormatting size={16} aria-hidden />} onPress={() => { run(plainLook); }} />
      <input
        ref={picker} type="file" hidden accept="image/png,image/jpeg,image/gif,image/webp" aria-label={t`Picture in the text`} tabIndex={-1}
        onChange={({ target }) => {
          for (const file of target.files ?? []) onPicture?.(file);
          target.value = "";
        }}
      />
    </Primitive.Root>
  );
}

interface ToolProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly shortcut?: string;
  readonly isPressed?: boolean;
  readonly onPress: () => void;
}

function Tool({ label, icon, shortcut, isPressed, onPress }: ToolProps) {
  return (
    <Primitive.Button asChild>
      <IconButton
        label={label} icon={icon} {...(shortcut ? { shortcut } : {})} {...(isPressed === undefined ? {} : { isPressed })}
        onPointerDown={(event) => { event.preventDefault(); }} onClick={onPress} // the text keeps the keyboard
      />
    </Primitive.Button>
  );
}
