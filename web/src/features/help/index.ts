/** Help texts, as a page and as a sheet beside the work. */
export { MicrosoftHelpPage, MicrosoftHelpSheet } from "./MicrosoftHelp";
