/**
 * The mail this browser knows: records, optimistic changes, windowed lists.
 *
 * Knows no framework and no page. State is read-only from outside: it changes
 * through the functions of `actions.ts` and by what the server tells.
 */
export * from "./account";
export * from "./actions";
export * from "./announcer";
export * from "./answers";
export * from "./assigned";
export * from "./attached";
export * from "./attempts";
export * from "./categories";
export * from "./drafts";
export * from "./favourites";
export * from "./folder-book";
export * from "./folders";
export * from "./list";
export * from "./mail-store";
export * from "./merged";
export * from "./order";
export * from "./presence";
export * from "./read-marks";
export * from "./readable";
export * from "./records";
export * from "./row-list";
export { BODY, ROW } from "./shelf";
export * from "./signal";
export * from "./snippets";
export * from "./threads";
export * from "./together";
export * from "./traces";
export * from "./waiting";
export * from "./wide";
export * from "./window";
