/** Groups of recipients: their page under the settings. What letters need of them comes with `boilerplate/needs`. */
export { GroupsPage } from "./GroupsPage";
