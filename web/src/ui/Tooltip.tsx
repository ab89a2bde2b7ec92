import { Tooltip as Primitive } from "radix-ui";
import { type ReactNode, use } from "react";
import { LeaveContext } from "./escape";

export interface TooltipProps {
  readonly label: ReactNode;
  /** The key that does the same, e.g. "e" or "Shift U". */
  readonly shortcut?: string | undefined;
  readonly side?: "top" | "right" | "bottom" | "left";
  /** One element that takes a ref. */
  readonly children: ReactNode;
}

/** Words beside an element on hover and on keyboard focus. Never the only place of a text. */
export function Tooltip({ label, shortcut, side = "bottom", children }: TooltipProps) {
  const leave = use(LeaveContext);
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          onEscapeKeyDown={() => leave?.()}
          className="appear z-50 flex max-w-72 items-center gap-2 rounded-sm bg-ink px-2 py-1 text-fine text-surface"
        >
          {label}
          {shortcut && <Keys keys={shortcut} />}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
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

/** Wraps the app once, so that moving from one tooltip to the next waits only the first time. */
export const TooltipProvider = ({ children }: { readonly children: ReactNode }) => (
  <Primitive.Provider delayDuration={500} skipDelayDuration={300}>
    {children}
  </Primitive.Provider>
);
