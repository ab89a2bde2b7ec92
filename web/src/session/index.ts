/** The login, what is loaded from the server, and how errors are said. Shared by all pages. */
export { type Choices, choicesOf, choose, languageChoices, themeChoices } from "./choices";
export { ErrorNote, LoadError } from "./ErrorNote";
export { administratorsOf, addRefusals, explain, refusalText, type Explanation, type Refusals } from "./explain";
export { NoRight } from "./NoRight";
export { isAllowed, PictureSenders, pictureSenders } from "./pictureSenders";
export { type SettingsPlace, basicPlaces, personalPlaces } from "./places";
export { Proof } from "./proof/Proof";
export { Session, session } from "./session";
export { isAboutApp, microsoftCode, type SignInReason, signInReason } from "./signInReasons";
export { showTheme } from "./theme";
export { type Resource, useResource } from "./useResource";
export { type Deed, useDeed } from "./useDeed";
export { useMe, useSession } from "./useSession";
export { failedWayBack, offerWayBack } from "./wayBack";
