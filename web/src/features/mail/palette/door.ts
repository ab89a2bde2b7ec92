import { Value } from "@/lib/value";

/** Whether the palette is asked for. */
export const isPaletteOpen = new Value(false);
