/** Out-of-office note and forwarding of a mailbox, as Microsoft has them. */
export { AbsencePage } from "./AbsencePage";
