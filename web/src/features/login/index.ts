/** Pages before the login: the first administrator, and logging in. */
export { LoginPage } from "./LoginPage";
export { SetupPage } from "./SetupPage";
