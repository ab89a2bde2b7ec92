import { PencilLine } from "lucide-react";
import type { AccountStore } from "@/store";
import { answering, useCompany } from "./useCompany";
import { answeringWords } from "./words";

/** In a row of the list: somebody answers this message at this moment. */
export function AnsweringMark({ account, id }: { readonly account: AccountStore; readonly id: string }) {
  const writers = answering(useCompany(account, id));
  if (writers.length === 0) return null;
  const words = answeringWords(writers);
  return <span title={words} className="appear shrink-0 text-warning"><PencilLine size={14} role="img" aria-label={words} /></span>;
}
