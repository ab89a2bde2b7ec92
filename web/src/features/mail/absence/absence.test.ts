import { describe, expect, it } from "vitest";
import type { AutomaticReply } from "@/api";
import { addressesIn } from "./addresses";
import { NoteText } from "./noteText";
import { formOf, replyOf } from "./reply";

const REPLY: AutomaticReply = {
  is_enabled: true, from: "2026-12-01T07:00:31Z", to: null, internal: "<p>In</p>", external: "<p>Out</p>", audience: "contacts",
};

describe("the note while it is written", () => {
  it("goes back as it came when nobody touched it, to the second", () => {
    expect(replyOf(formOf(REPLY), REPLY, REPLY)).toEqual(REPLY);
  });

  it("has one text for all when that is chosen, and open ends where nothing is entered", () => {
    const form = { ...formOf(REPLY), isSame: true, from: "", to: "2026-12-24T12:00" };
    const { from, to, external } = replyOf(form, REPLY, REPLY);
    expect([from, to, external]).toEqual([null, new Date("2026-12-24T12:00").toISOString(), "<p>In</p>"]);
    expect(formOf({ ...REPLY, external: " " }).isSame).toBe(true);
  });

  it("is what the editor says only when somebody wrote in it", () => {
    let touched = 0;
    const note = new NoteText("<div class=x>Alt</div><script>1</script>", () => { touched += 1; });
    const editor = { html: () => "<p>Neu</p>", sign: () => undefined, insertHtml: () => undefined, insertText: () => undefined };
    note.hold(editor);
    expect(note.html()).toBe("<div class=x>Alt</div><script>1</script>");
    note.touched();
    note.hold(null); // the part is folded away
    expect([note.html(), touched]).toEqual(["<p>Neu</p>", 1]);
  });
});

describe("addresses to forward to", () => {
  it("are found by lines, commas and semicolons, each once", () => {
    expect(addressesIn(" a@x.de\n\nB@x.de; Anna <a@X.de>,")).toEqual({ addresses: ["a@X.de", "B@x.de"], wrong: null });
  });

  it("tell which one is none", () => {
    expect(addressesIn("a@x.de\nniemand\nkeiner").wrong).toBe("niemand");
  });
});
