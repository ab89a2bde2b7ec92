import { Dialog as Primitive } from "radix-ui";
import { useLingui } from "@lingui/react/macro";
import { X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { IconButton } from "./IconButton";
import { toastFloor } from "./toastFloors";
import { useWayBack } from "./useWayBack";

/** `page`: what is read in it needs room. */
const widths = {
  normal: "phone:w-[min(480px,calc(100vw-32px))]", wide: "phone:w-[min(720px,calc(100vw-32px))]", page: "phone:w-[min(960px,calc(100vw-32px))]",
} as const;

export interface DialogProps {
  readonly isOpen: boolean;
  /** Called by Escape, the cross and a click outside. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Buttons; the deed last. On a phone they stack, the deed on top. */
  readonly actions?: ReactNode;
  readonly width?: keyof typeof widths;
}

/** Focus goes to what asks for it, else to the first field, else to what can be scrolled, else to the dialog itself: never to the cross, whose tooltip would pop up. */
function focusInside(event: Event): void {
  event.preventDefault();
  const dialog = event.currentTarget as HTMLElement;
  const field = dialog.querySelector<HTMLElement>("[data-focus-first]") ?? dialog.querySelector<HTMLElement>("input:not([disabled]), textarea, [role=combobox]");
  (field ?? dialog.querySelector<HTMLElement>("[data-scrolls]") ?? dialog).focus();
}

/** What lies above the page. Focus stays inside, and returns to where it was. */
function Sheet(props: Pick<ComponentProps<typeof Primitive.Content>, "className" | "children">) {
  const { remember, goBack } = useWayBack();
  return (
    <Primitive.Content
      aria-describedby={undefined}
      onOpenAutoFocus={(event) => {
        remember();
        focusInside(event);
      }}
      onCloseAutoFocus={goBack}
      onSubmit={(event) => { event.stopPropagation(); }} // a form around what opened the dialog is another one
      {...props}
    />
  );
}

const scrim = "appear fixed inset-0 z-40 bg-scrim";

/** Above the page, and left by Escape. */
function Layer({ isOpen, onClose, children }: Pick<DialogProps, "isOpen" | "onClose" | "children">) {
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>{children}</Primitive.Portal>
    </Primitive.Root>
  );
}

/** A question in the middle of the screen; on a phone a sheet from below. */
export function Dialog({ isOpen, onClose, title, children, actions, width = "normal" }: DialogProps) {
  return (
    <Layer isOpen={isOpen} onClose={onClose}>
      <Primitive.Overlay className={scrim} />
      <Sheet
        className={cx(
          "appear fixed z-40 flex flex-col bg-surface shadow-pop outline-none",
          "inset-x-0 bottom-0 max-h-[90dvh] rounded-t-md",
          "phone:inset-auto phone:top-1/2 phone:left-1/2 phone:max-h-[85dvh] phone:-translate-1/2 phone:rounded-md phone:border phone:border-border",
          widths[width],
        )}
      >
        <Head title={title} />
        <Scroller title={title} className="px-5 pt-1 pb-5">{children}</Scroller>
        {actions && (
          <div ref={toastFloor} className="flex flex-col-reverse gap-2 border-t border-border px-5 py-3 pb-[max(12px,env(safe-area-inset-bottom))] phone:flex-row phone:justify-end">
            {actions}
          </div>
        )}
      </Sheet>
    </Layer>
  );
}

/** A sheet at the right edge for reading beside the work, such as help; a whole page on a phone. */
export function SideSheet({ isOpen, onClose, title, children }: Omit<DialogProps, "actions" | "width">) {
  return (
    <Layer isOpen={isOpen} onClose={onClose}>
      <Primitive.Overlay className={scrim} />
      <Sheet
        className="appear fixed inset-y-0 right-0 z-40 flex w-full outline-none flex-col border-l border-border bg-surface shadow-pop phone:w-[min(560px,100vw)]"
      >
        <Head title={title} />
        <Scroller title={title} className="grow px-5 pb-8">{children}</Scroller>
      </Sheet>
    </Layer>
  );
}

/** What has more in it than there is room for can be scrolled by keys: it takes focus, and has a name. */
function Scroller({ title, className, children }: Pick<DialogProps, "title" | "children"> & { readonly className: string }) {
  const { t } = useLingui();
  const outer = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const [isLong, setLong] = useState(false);
  useLayoutEffect(() => {
    const measure = (): void => { if (outer.current) setLong(outer.current.scrollHeight > outer.current.clientHeight); };
    const observer = new ResizeObserver(measure);
    for (const { current } of [outer, inner]) if (current) observer.observe(current);
    measure();
    return () => { observer.disconnect(); };
  }, []);
  useEffect(() => {
    const dialog = outer.current?.closest("[role=dialog]");
    if (isLong && dialog && document.activeElement === dialog) outer.current?.focus({ preventScroll: true }); // what is in it came later
  }, [isLong]);
  const named = isLong ? { tabIndex: 0, role: "region", "aria-label": typeof title === "string" ? title : t`Content`, "data-scrolls": "" } : {};
  return (
    <div ref={outer} data-scroller="" {...named} className={cx("overflow-y-auto -outline-offset-2", className)}>
      <div ref={inner} className="flow-root">{children}</div>
    </div>
  );
}

function Head({ title }: { readonly title: ReactNode }) {
  const { t } = useLingui();
  return (
    <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-2">
      <Primitive.Title className="text-title font-semibold">{title}</Primitive.Title>
      <Primitive.Close asChild>
        <IconButton label={t`Close`} shortcut="Esc" icon={<X size={18} aria-hidden />} className="-mr-2" />
      </Primitive.Close>
    </div>
  );
}
