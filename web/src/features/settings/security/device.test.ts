import { i18n } from "@lingui/core";
import { beforeEach, expect, test } from "vitest";
import { deviceWords, isHandheld } from "./device";

beforeEach(() => i18n.loadAndActivate({ locale: "en", messages: {} }));

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", "Edge on Windows", false],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone", true],
  ["Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", "Chrome on Android", true],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux", false],
  ["curl/8.14", "Unknown device", false],
])("%s is known to people", (agent, words, isMobile) => {
  expect([deviceWords(agent), isHandheld(agent)]).toEqual([words, isMobile]);
});
