/**
 * The design system: quiet primitives that know nothing of mail or settings.
 * Import from "@/ui"; docs/ui.md says when to use which.
 */
export { accountTone } from "./accountTone";
export { Avatar, AvatarRow } from "./Avatar";
export { Banner, type BannerTone } from "./Banner";
export { Button, buttonClass, type ButtonVariant } from "./Button";
export { CopyButton } from "./CopyButton";
export { cx } from "./cx";
export { Details } from "./Details";
export { Dialog, SideSheet } from "./Dialog";
export { Centred, EmptyState } from "./EmptyState";
export { Checkbox, TextArea, TextField, inputClass } from "./Field";
export { focusAfterMenu, focusBack, focusNow } from "./focus";
export { IconButton } from "./IconButton";
export { initials } from "./initials";
export { Menu, MenuAt, MenuChoice, MenuItem, MenuLabel, MenuLayer, MenuSeparator, MenuSub, MenuTick } from "./Menu";
export { Group, Page } from "./Page";
export { Select, type Choice } from "./Select";
export { Skeleton, SkeletonRows } from "./Skeleton";
export { StateDot, type StateTone } from "./StateDot";
export { Switch } from "./Switch";
export { Tabs } from "./Tabs";
export { fetchToasts, ToastDoor } from "./ToastDoor";
export { closeToast, showLasting, showToast } from "./toasts";
export { tip } from "./tip";
export { toastFloor } from "./toastFloors";
export { TooltipHost } from "./TooltipHost";
export { useWayBack } from "./useWayBack";
