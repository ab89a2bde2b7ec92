/** What is known of the line to the server by this page as a whole. */
import { Value } from "@/lib/value";

export const cut = {
  /** The page was opened without the server, from what is kept; until it answers. */
  isFromStart: new Value(false),
  /** When the server answered last. */
  answeredAt: new Value<Date | null>(null),
};
