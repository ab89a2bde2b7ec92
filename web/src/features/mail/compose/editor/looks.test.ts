// @vitest-environment jsdom
import "../../../../../test/browser";
import type { Command } from "prosemirror-state";
import { AllSelection, EditorState, TextSelection } from "prosemirror-state";
import { expect, test } from "vitest";
import { COLOURS, HIGHLIGHTS, INK, shownColour } from "./colours";
import { alignTo, lookOf, nextLine, paint, plainLook } from "./looks";
import { docOf, htmlOf } from "./mailHtml";

const line = (text: string, style = ""): string => `<p style="margin:0${style}">${text}</p>`;

function editor(html: string): EditorState {
  const state = EditorState.create({ doc: docOf(html) });
  return state.apply(state.tr.setSelection(new AllSelection(state.doc)));
}

function after(state: EditorState, ...commands: readonly Command[]): EditorState {
  return commands.reduce((now, command) => {
    let next = now;
    command(now, (transaction) => { next = now.apply(transaction); });
    return next;
  }, state);
}

/** Browsers write styles in their own way. */
function html(state: EditorState): string {
  return htmlOf(state.doc).replace(/style="([^"]*)"/gu, (_, style: string) => `style="${style.replace(/: /gu, ":").replace(/; ?/gu, ";").replace(/;$/u, "").replace("0px", "0")}"`);
}

const RED = COLOURS.red.hex;
const YELLOW = HIGHLIGHTS.yellow.hex;

test("colours, highlights and alignment stand in their elements, and are the same when the draft is opened again", () => {
  const painted = after(editor(line("Wichtig")), paint("colour", RED), paint("highlight", YELLOW), alignTo("center"));
  const written = line(`<span style="background-color:${YELLOW};color:${INK.hex}"><span style="color:${RED}">Wichtig</span></span>`, ";text-align:center");
  expect(html(painted)).toBe(written);

  const again = editor(html(painted));
  expect(html(again)).toBe(written);
  expect(lookOf(again)).toMatchObject({ colour: RED, highlight: YELLOW, align: "center" });
});

test("another colour takes the first one's place, and the usual one leaves none", () => {
  const blue = after(editor(line("Text")), paint("colour", RED), paint("colour", COLOURS.blue.hex));
  expect(html(blue)).toBe(line(`<span style="color:${COLOURS.blue.hex}">Text</span>`));
  expect(html(after(blue, paint("colour", null), alignTo("right"), alignTo("left")))).toBe(line("Text"));
});

test("removing the formatting takes colours, alignment and headings away", () => {
  const state = editor('<h2 style="text-align:right">Kopf</h2>' + line(`<span style="color:${RED};font-size:20px"><b>Text</b></span>`, ";text-align:center"));
  expect(html(after(state, plainLook))).toBe(line("Kopf") + line("Text"));
});

test("what others have written keeps its colours and fonts, but not what paper has", () => {
  const foreign = '<span style="font-family: Georgia; color: rgb(1, 2, 3); background-color: rgb(255, 255, 255)">a</span><font color="#AA0000">b</font><span style="color: black">c</span>';
  expect(html(editor(line(foreign)))).toBe(line('<span style="color:#010203"><span style="font-family:Georgia">a</span></span><span style="color:#aa0000">b</span>c'));
});

test("with nothing selected the colour is that of what is typed next, and a centred line is followed by one", () => {
  const start = editor(line("Text", ";text-align:center"));
  const end = start.apply(start.tr.setSelection(TextSelection.atEnd(start.doc)));
  const typed = after(end, paint("colour", RED));
  expect([lookOf(typed).colour, html(typed.apply(typed.tr.insertText("!")))]).toEqual([RED, line(`Text<span style="color:${RED}">!</span>`, ";text-align:center")]);
  const next = after(end, nextLine);
  expect([next.doc.childCount, lookOf(next).align, nextLine(next)]).toEqual([2, "center", false]);
});

test("every colour can be read, on paper and in the dark, on every highlight too", () => {
  const grounds = [{ hex: "#ffffff", dark: "#16181d" }, ...Object.values(HIGHLIGHTS)];
  const pairs = [INK, ...Object.values(COLOURS)].flatMap((ink) => grounds.map((ground) => [ink, ground] as const));
  const poor = pairs.filter(([ink, ground]) => contrast(ink.hex, ground.hex) < 4.5 || contrast(ink.dark, ground.dark) < 4.5);
  expect(poor).toEqual([]);
  expect([shownColour(RED), shownColour("#010203")]).toEqual(["light-dark(#b3261e, #ff8a80)", "light-dark(#010203, color-mix(in oklab, #010203 45%, white))"]);
});

/** Source: WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
