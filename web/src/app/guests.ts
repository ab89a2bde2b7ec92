/** Whoever approves at Microsoft comes back to this page, often without a login of ours. */
export const isForGuests = (path: string): boolean => path.startsWith("/sign-in/result/");
