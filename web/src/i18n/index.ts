/** Languages: which texts are loaded, and dates and numbers in the reader's way. */
export { Ago } from "./Ago";
export { currentLanguage, openFeature, showLanguage } from "./catalogs";
export { useDates, type Dates } from "./useDates";
