// Chromium as its users have it, driven by Playwright: what a page looks like, whether everybody can use it, what its
// console says.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

export const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../target", import.meta.url));
const screenshots = join(target, "client-tests", "screenshots");
const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

function executable() {
  if (process.env.CHROMIUM_BIN) return process.env.CHROMIUM_BIN;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  assert(found, "no Chromium: install it (Debian's package is `chromium`), or set CHROMIUM_BIN");
  return found;
}

export async function launchChromium() {
  const quiet = ["background-networking", "component-update", "gpu", "quic", "sync"].map((it) => `--disable-${it}`);
  const browser = await chromium.launch({
    executablePath: executable(),
    args: ["--no-sandbox", "--no-first-run", ...quiet],
  });
  mkdirSync(screenshots, { recursive: true });
  return browser;
}

/** A browser of its own, as far as cookies go. What its console complains of, `expected` apart, fails `close`. */
export class Visitor {
  static async come(browser, options = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: DESKTOP, ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    return new Visitor(context, page, await context.newCDPSession(page));
  }

  constructor(context, page, session) {
    Object.assign(this, { context, page, debugger: session, complaints: [] });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  /** Fills the fields, by their names, and sends their form with its first button. */
  async submit(fields) {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`[name="${name}"]:visible`);
      if ((await field.first().getAttribute("type")) === "radio") await field.and(this.page.locator(`[value="${value}"]`)).check();
      else await field.fill(value);
    }
    const form = this.page.locator("form", { has: this.page.locator(`[name="${Object.keys(fields)[0]}"]:visible`) });
    await form.locator('[type="submit"]').first().click();
  }

  /** Where a screenshot is kept. */
  picture(name) {
    return join(screenshots, `${name}.png`);
  }

  /** What the page says is wrong. */
  error() {
    return this.page.locator('[role="alert"]:visible').innerText();
  }

  /** Fails where axe-core finds a serious fault, in the light and in the dark, or where a phone would have to scroll sideways. */
  async inspect(name) {
    const { page } = this;
    // The page's own policy forbids scripts; the debugger's are not under it.
    await this.debugger.send("Runtime.evaluate", { expression: await axe });
    const before = page.viewportSize();
    for (const [suffix, size, colorScheme] of [["", DESKTOP, "light"], ["-dark", DESKTOP, "dark"], ["-phone", PHONE, "light"]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: this.picture(`${name}${suffix}`), fullPage: true });
      const { wide, violations } = await page.evaluate(faults);
      const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      const found = serious.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary]));
      assert.deepEqual(found, [], `axe-core of ${name}${suffix}`);
      assert.equal(wide, 0, `${name}${suffix} is wider than the screen`);
    }
    await page.setViewportSize(before);
    await page.emulateMedia({ colorScheme: "light" });
  }

  async close(...expected) {
    await this.context.close();
    const surprising = this.complaints.filter((it) => !expected.some((pattern) => pattern.test(it)));
    assert.deepEqual(surprising, []);
  }
}

// Runs within the page.
async function faults() {
  const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"], preload: false });
  const { scrollWidth, clientWidth } = document.documentElement;
  return { violations, wide: scrollWidth - clientWidth };
}
