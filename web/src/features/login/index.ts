/** Pages before the login: the first administrator, invitations, and logging in. */
export { InvitationPage } from "./InvitationPage";
export { LoginPage } from "./LoginPage";
export { SetupPage } from "./SetupPage";
