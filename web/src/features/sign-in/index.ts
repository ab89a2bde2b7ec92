/** Signing in at Microsoft for a mailbox: the hand-over before, the pages for every way back. */
export { GuestResult } from "./GuestResult";
export { HandOver, type HandOverProps } from "./HandOver";
export { ResultPage, type ResultPageProps } from "./ResultPage";
