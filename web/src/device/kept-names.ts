/** The names of what this device keeps of people's mail, for whoever has to let go of it without reading it. */
import { dropIdb, idbNames } from "./idb";

const PREFIX = "poststelle.kept.";

export const keptName = (userId: string): string => PREFIX + userId;

/** Remove what is kept of one person's mail. */
export const forgetKept = (userId: string): Promise<void> => dropIdb(keptName(userId));

/** Remove what is kept of everybody's mail but this one's; null: of everybody's. */
export async function forgetOthersKept(userId: string | null): Promise<void> {
  const names = (await idbNames()).filter((name) => name.startsWith(PREFIX) && (userId === null || name !== keptName(userId)));
  await Promise.all(names.map(dropIdb));
}
