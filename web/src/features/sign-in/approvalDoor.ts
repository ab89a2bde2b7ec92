import { lazy } from "react";
import { openFeature } from "@/i18n";

/** What few ever see, an administrator's approval, comes with its words when it is needed. */
const words = () => openFeature("sign-in/approval");

export const Waiting = lazy(async () => {
  const [{ Waiting: part }] = await Promise.all([import("./approval/Waiting"), words()]);
  return { default: part };
});

export const ApprovalGuide = lazy(async () => {
  const [{ ApprovalGuide: part }] = await Promise.all([import("./approval/ApprovalGuide"), words()]);
  return { default: part };
});
