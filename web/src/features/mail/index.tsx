/**
 * The mail module: mailbox drop-down and folders, message list, preview.
 *
 *     MailPage ──which mailbox?──> hand-over · MailboxView ──> folders/ · list/ · preview/ · dialogs/
 *                    └─all of them──> all/ ──> the same parts, each in the view of its mailbox
 *
 * Reads and changes mail only through the store. Knows nothing of sign-in and
 * settings: the page that leads to Microsoft is handed in as `handOver`.
 */
export { askToWrite } from "./state/askedToWrite";
export { Listening } from "./Listening";
export { MailPage } from "./MailPage";
export type { MailPageProps } from "./MailPage";
