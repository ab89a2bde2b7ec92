import { useEffect, useState } from "react";
import { fetchBlob } from "../files";
import { LARGEST_PDF } from "./limits";
import type { OpenPdf } from "./opened";
import { PdfRefused } from "./opened";

export interface LoadedPdf {
  readonly pdf: OpenPdf | null;
  /** Why there is none: PdfRefused, Offline, RequestRefused. Null: it is under way. */
  readonly error: unknown;
  /** Where this browser has it, once it was fetched. */
  readonly address: string | null;
}

const NOTHING: LoadedPdf = { pdf: null, error: null, address: null };
/** A tab opened just now still reads it. */
const STAYS_MS = 60_000;

/** A file of a message opened as a PDF; its threads end when it is no longer shown. */
export function usePdf(url: string, size: number): LoadedPdf {
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    const stop = new AbortController();
    let address: string | null = null;
    const tell = (facts: Partial<LoadedPdf>): void => { if (!stop.signal.aborted) setState({ ...NOTHING, address, ...facts }); };
    const load = async (): Promise<OpenPdf> => {
      if (size > LARGEST_PDF) throw new PdfRefused("large");
      const library = import("./document");
      library.catch(() => undefined); // told where it is used
      const blob = await fetchBlob(url, "application/pdf");
      const { openPdf } = await library;
      if (stop.signal.aborted) throw new PdfRefused("slow");
      address = URL.createObjectURL(blob);
      return openPdf(new Uint8Array(await blob.arrayBuffer()), stop.signal);
    };
    load().then((pdf) => { tell({ pdf }); }, (error: unknown) => { tell({ error }); });
    return () => {
      stop.abort();
      setTimeout(() => { if (address) URL.revokeObjectURL(address); }, STAYS_MS);
    };
  }, [url, size]);
  return state;
}
