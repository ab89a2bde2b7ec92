import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

export type BannerTone = "info" | "warning" | "danger" | "success";

export interface BannerProps {
  readonly tone: BannerTone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons or links: the remedy. */
  readonly actions?: ReactNode;
  readonly className?: string;
  /** A live region around it says it already. */
  readonly isInLiveRegion?: boolean;
}

const looks: Record<BannerTone, string> = {
  info: "bg-info-surface text-accent",
  warning: "bg-warning-surface text-warning",
  danger: "bg-danger-surface text-danger",
  success: "bg-success-surface text-success",
};
const marks = { info: Info, warning: TriangleAlert, danger: CircleAlert, success: CircleCheck };

/** A notice in the flow of the page that stays until its cause is gone. Danger is announced at once. */
export function Banner({ tone, title, children, actions, className, isInLiveRegion }: BannerProps) {
  const Mark = marks[tone];
  return (
    <div
      role={isInLiveRegion ? undefined : tone === "danger" ? "alert" : "status"}
      className={cx("flex gap-3 rounded-md px-4 py-3", looks[tone], className)}
    >
      <Mark size={18} aria-hidden className="mt-px shrink-0" />
      <div className="flex min-w-0 grow flex-col gap-1 break-words">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className="text-ink">{children}</div>}
        {actions && <div className="mt-1 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
