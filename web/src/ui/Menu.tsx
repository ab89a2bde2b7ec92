import { DropdownMenu as Primitive } from "radix-ui";
import { useLingui } from "@lingui/react/macro";
import { Check, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { focusAfterMenu } from "./focus";

export interface MenuProps {
  /** The element that opens the menu; takes a ref. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly align?: "start" | "center" | "end";
  /** Both, where something else than the trigger opens it too. */
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
  /** Called as it ends; true when it has put the keyboard elsewhere than on the button. */
  readonly takeFocus?: () => boolean;
}

const panel =
  "appear z-50 min-w-52 max-w-[calc(100vw-16px)] max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto rounded-md border border-border bg-surface p-1 shadow-pop";
const line =
  "relative flex min-h-8 touch:min-h-11 cursor-pointer items-center gap-2.5 rounded-sm px-2 py-1 text-ui outline-none data-highlighted:bg-hover data-disabled:opacity-45";

/** A list of deeds that opens from a button. */
export function Menu({ trigger, children, side = "bottom", align = "start", isOpen, onOpenChange, takeFocus }: MenuProps) {
  const end = (event: Event): void => {
    if (takeFocus?.()) event.preventDefault();
    else focusAfterMenu();
  };
  return (
    <Primitive.Root modal={false} {...(isOpen === undefined ? {} : { open: isOpen })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <MenuLayer>
        <Primitive.Content side={side} align={align} sideOffset={4} collisionPadding={8} onCloseAutoFocus={end} className={panel}>
          {children}
        </Primitive.Content>
      </MenuLayer>
    </Primitive.Root>
  );
}

export interface MenuAtProps {
  /** In CSS pixels of the window. */
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** It has ended; who opened it takes the keyboard back. */
  readonly onEnd: () => void;
  readonly children: ReactNode;
}

/** A list of deeds at a place of the page, as the right mouse button or the menu key asks for it. */
export function MenuAt({ x, y, label, onEnd, children }: MenuAtProps) {
  return (
    <Primitive.Root modal={false} open onOpenChange={(isOpen) => { if (!isOpen) onEnd(); }}>
      <Primitive.Trigger aria-label={label} tabIndex={-1} className="pointer-events-none fixed size-0" style={{ left: x, top: y }} />
      <MenuLayer>
        <Primitive.Content
          side="bottom" align="start" sideOffset={2} collisionPadding={8} className={panel}
          onContextMenu={(event) => { event.preventDefault(); }} onCloseAutoFocus={(event) => { event.preventDefault(); }}
        >
          {children}
        </Primitive.Content>
      </MenuLayer>
    </Primitive.Root>
  );
}

/**
 * Above the page, which stays there for who can't see it: it is a part of it, with a name. A press beside it ends it
 * and does nothing else. For the content of a menu that is not modal.
 */
export function MenuLayer({ children }: { readonly children: ReactNode }) {
  const { t } = useLingui();
  return (
    <Primitive.Portal>
      <div role="region" aria-label={t`Menu`}>
        <div className="pointer-events-auto fixed inset-0 z-50" onContextMenu={(event) => { event.preventDefault(); }} />
        {children}
      </div>
    </Primitive.Portal>
  );
}

export interface MenuItemProps {
  readonly icon?: ReactNode;
  readonly shortcut?: string;
  readonly tone?: "normal" | "danger";
  readonly isDisabled?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon, shortcut, tone, isDisabled, onSelect, children }: MenuItemProps) {
  return (
    <Primitive.Item
      disabled={isDisabled ?? false}
      onSelect={onSelect}
      className={cx(line, tone === "danger" && "text-danger")}
    >
      {icon && <span className={cx("shrink-0", tone !== "danger" && "text-muted")}>{icon}</span>}
      <span className="grow">{children}</span>
      {shortcut && <kbd className="font-sans text-fine text-muted touch:hidden">{shortcut}</kbd>}
    </Primitive.Item>
  );
}

export interface MenuChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly choices: readonly { readonly value: T; readonly label: string; readonly icon?: ReactNode }[];
}

/** A headed group of which one line is ticked. */
export function MenuChoice<T extends string>({ label, value, onChange, choices }: MenuChoiceProps<T>) {
  return (
    <Primitive.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      <MenuLabel>{label}</MenuLabel>
      {choices.map((choice) => (
        <Primitive.RadioItem key={choice.value} value={choice.value} className={cx(line, "pl-8.5")}>
          <Primitive.ItemIndicator className="absolute left-2 text-accent">
            <Check size={16} aria-hidden />
          </Primitive.ItemIndicator>
          {choice.icon}
          {choice.label}
        </Primitive.RadioItem>
      ))}
    </Primitive.RadioGroup>
  );
}

export interface MenuSubProps {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

/** A line that opens a list of its own beside it. */
export function MenuSub({ label, icon, children }: MenuSubProps) {
  return (
    <Primitive.Sub>
      <Primitive.SubTrigger className={cx(line, "data-[state=open]:bg-hover")}>
        {icon && <span className="shrink-0 text-muted">{icon}</span>}
        <span className="grow">{label}</span>
        <ChevronRight size={14} aria-hidden className="shrink-0 text-muted" />
      </Primitive.SubTrigger>
      <Primitive.Portal>
        <div role="region" aria-label={label}>
          <Primitive.SubContent sideOffset={2} alignOffset={-5} collisionPadding={8} className={panel}>{children}</Primitive.SubContent>
        </div>
      </Primitive.Portal>
    </Primitive.Sub>
  );
}

export interface MenuTickProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly children: ReactNode;
}

/** One line that is on or off. */
export function MenuTick({ isOn, onChange, children }: MenuTickProps) {
  return (
    <Primitive.CheckboxItem checked={isOn} onCheckedChange={onChange} className={cx(line, "pl-8.5")}>
      <Primitive.ItemIndicator className="absolute left-2 text-accent">
        <Check size={16} aria-hidden />
      </Primitive.ItemIndicator>
      {children}
    </Primitive.CheckboxItem>
  );
}

export const MenuLabel = ({ children }: { readonly children: ReactNode }) => (
  <Primitive.Label className="px-2 pt-2 pb-1 text-fine font-medium text-muted">{children}</Primitive.Label>
);

export const MenuSeparator = () => <Primitive.Separator className="-mx-1 my-1 h-px bg-border" />;
