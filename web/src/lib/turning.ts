/**
 * Marks that turn the direction of writing: embeddings and overrides (U+202A-202E), isolates
 * (U+2066-2069). With them "\u202Egpj.exe" is shown as "exe.jpg", and a sender's name may turn
 * the words of ours that follow it. What is written from right to left needs none of them: the
 * letters bring their direction along, lines and names stand in elements of their own
 * (`dir="auto"`, `bdi`), and the weak marks U+200E, U+200F and U+061C stay.
 * Source: Unicode Standard Annex #9, §2; Technical Report #36, §2.3 "Bidirectional Text Spoofing".
 */
const TURNING = /[\u202a-\u202e\u2066-\u2069]+/g;

export function withoutTurning(text: string): string {
  return text.replace(TURNING, "");
}
