/** A value that tells when it changed; it lives with what all rings share. */
export * from "@/lib/value";
