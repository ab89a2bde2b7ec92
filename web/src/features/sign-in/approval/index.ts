/** An administrator's approval: the guide for who needs it, and the page for who gives it. */
export { ApprovePage } from "./ApprovePage";
