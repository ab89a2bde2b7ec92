import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import type { ShownFile } from "./FileDialog";
import { fetchBlob } from "./files";

/** Of one message; the others show what they are. */
export const MOST_THUMBNAILS = 8;
const LARGEST = 1_000_000;

/** It is worth its octets: they may have to come from Microsoft. */
export function hasThumbnail({ kind, part }: ShownFile): boolean {
  const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } };
  return kind === "picture" && part.size <= LARGEST && connection?.saveData !== true;
}

export interface ThumbnailProps {
  readonly url: string;
  readonly type: string;
  /** Until it is here, and where it can't be had. */
  readonly otherwise: ReactNode;
}

/** A small picture of a picture, fetched when its tile comes on screen. */
export function Thumbnail({ url, type, otherwise }: ThumbnailProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let isCurrent = true;
    const sight = new IntersectionObserver((seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      sight.disconnect();
      fetchBlob(url, type).then((blob) => {
        if (!isCurrent) return;
        made = URL.createObjectURL(blob);
        setAddress(made);
      }, () => undefined); // pressing the tile says what is the matter
    });
    if (place.current) sight.observe(place.current);
    return () => {
      isCurrent = false;
      sight.disconnect();
      if (made) URL.revokeObjectURL(made);
    };
  }, [url, type]);
  return (
    <span ref={place} className="flex">
      {address ? <img src={address} alt="" decoding="async" className="size-8 rounded-sm object-cover" onError={() => { setAddress(null); }} /> : otherwise}
    </span>
  );
}
