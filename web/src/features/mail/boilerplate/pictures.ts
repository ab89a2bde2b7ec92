/**
 * Pictures of boilerplate. They are kept inside its text, as `data:` addresses; mail programs show none of
 * those, so in a letter each is a part of the message, named by its content id.
 */
const DATA = /\bsrc="data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)"/gu;

export interface TakenOut {
  readonly html: string;
  /** By content id. */
  readonly pictures: ReadonlyMap<string, File>;
}

/** The text with its pictures as parts. `makeCid` names them. */
export function takenOut(html: string, makeCid: () => string): TakenOut {
  const pictures = new Map<string, File>();
  const text = html.replace(DATA, (whole, type: string, octets: string) => {
    const file = fileOf(type, octets, `${String(pictures.size + 1)}.${type.slice("image/".length)}`);
    if (!file) return whole;
    const cid = makeCid();
    pictures.set(cid, file);
    return `src="cid:${cid}"`;
  });
  return { html: text, pictures };
}

/** The text with the pictures in it; one that is not known stays as it is. */
export async function putIn(html: string, pictures: ReadonlyMap<string, Blob>): Promise<string> {
  let text = html;
  for (const [cid, picture] of pictures) {
    if (text.includes(`src="cid:${cid}"`)) text = text.replaceAll(`src="cid:${cid}"`, `src="${await dataUrl(picture)}"`);
  }
  return text;
}

function fileOf(type: string, base64: string, name: string): File | null {
  try {
    const octets = Uint8Array.from(atob(base64.replace(/\s/gu, "")), (sign) => sign.charCodeAt(0));
    return new File([octets], `image${name}`, { type });
  } catch {
    return null; // not base64 after all
  }
}

export async function dataUrl(picture: Blob): Promise<string> {
  const octets = new Uint8Array(await picture.arrayBuffer());
  let text = "";
  for (let at = 0; at < octets.length; at += PIECE) text += String.fromCharCode(...octets.subarray(at, at + PIECE));
  return `data:${picture.type};base64,${btoa(text)}`;
}

const PIECE = 8_192;

/** Octets of a picture; all of a signature's together may be three times as large. */
export const LARGEST_PICTURE = 100_000;
const WIDEST_PX = 800;

/** A picture small enough for every letter: a larger one is made smaller. Null when even that is too much. */
export async function fitting(file: File): Promise<File | null> {
  if (file.size <= LARGEST_PICTURE) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  for (const width of [WIDEST_PX, WIDEST_PX / 2]) {
    for (const type of ["image/png", "image/jpeg"]) {
      const smaller = await drawn(picture, Math.min(width, picture.width), type);
      if (smaller && smaller.size <= LARGEST_PICTURE) return new File([smaller], file.name, { type });
    }
  }
  return null;
}

/** JPEG knows no transparency: on white, as letters are. */
function drawn(picture: ImageBitmap, width: number, type: string): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width);
  canvas.height = Math.max(1, Math.round((picture.height * width) / picture.width));
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  if (type === "image/jpeg") {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, type, 0.85); });
}
