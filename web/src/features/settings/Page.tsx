/** The frame of settings pages; other features have pages there too. */
export { Group, Page } from "@/ui";
