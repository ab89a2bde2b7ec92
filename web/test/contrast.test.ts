import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** WCAG 2.2: text 4.5 to 1, parts of controls 3 to 1. */
const text = 4.5;
const part = 3;

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const tokens = new Map(
  [...css.matchAll(/--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map(
    ([, name, light, dark]) => [name, { light, dark }] as const,
  ),
);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function colour(name: string, theme: "light" | "dark"): string {
  const value = tokens.get(name)?.[theme];
  if (!value) throw new Error(`tokens.css has no --${name}`);
  return value;
}

const grounds = ["surface", "sunken", "hover", "selected"];
const pairs: readonly (readonly [front: string, back: string, least: number])[] = [
  ...grounds.flatMap((ground) => [
    ["ink", ground, text] as const,
    ["muted", ground, text] as const,
    ["accent", ground, text] as const,
    ["danger", ground, text] as const,
    ["priority-high", ground, text] as const,
    ["priority-low", ground, text] as const,
    ["warning", ground, text] as const,
    ["success", ground, text] as const,
  ]),
  ["surface", "ink", text],
  ["on-accent", "accent", text],
  ["on-accent", "accent-hover", text],
  ["on-danger", "danger", text],
  ["on-danger", "danger-hover", text],
  ...["danger", "warning", "success"].flatMap((tone) => [
    [tone, `${tone}-surface`, text] as const,
    ["ink", `${tone}-surface`, text] as const,
  ]),
  ["accent", "info-surface", text],
  ["ink", "info-surface", text],
  ["priority-high", "priority-high-surface", text],
  ["muted", "priority-high-surface", text],
  ["border-strong", "surface", part],
  ["border-strong", "sunken", part],
  ["accent", "surface", part],
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((tone) =>
    [...grounds, "info-surface", "priority-high-surface"].map((ground) => [`mark-${String(tone)}`, ground, part] as const)),
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test.each(pairs)("%s on %s reaches the contrast of WCAG AA", (front, back, least) => {
    expect(contrast(colour(front, theme), colour(back, theme))).toBeGreaterThanOrEqual(least);
  });
});
