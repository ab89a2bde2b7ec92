/**
 * JMAP on the wire: types, one batching client, session, event stream, errors.
 *
 * Imports nothing of ours and no framework; keeps no mail. The store above
 * decides what to ask for and what to remember.
 */
export * from "./client";
export * from "./errors";
export type * from "./methods";
export * from "./push";
export * from "./session";
export * from "./shared-stream";
export * from "./transport";
export * from "./types";
export * from "./upload";
