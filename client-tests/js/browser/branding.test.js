// What the owner of an app makes of the pages: the CSS and the logo of the classic look, the settings of the managed one.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SetUICustomizationCommand } from "@aws-sdk/client-cognito-identity-provider";
import { PNG } from "pngjs";

import { stage } from "./stage.js";

const RED = [160, 0, 32];
const CSS = ".submitButton-customizable { background-color: #a00020; } .background-customizable { background-color: #fffbe6; }";

function picture([red, green, blue]) {
  const image = new PNG({ width: 160, height: 64 });
  for (let at = 0; at < image.data.length; at += 4) image.data.set([red, green, blue, 255], at);
  return PNG.sync.write(image);
}

const color = (locator) => locator.evaluate((it) => getComputedStyle(it).backgroundColor);

/** Whether the browser has got the picture. */
const width = (locator) => locator.evaluate((it) => it.naturalWidth);

describe("pages in the style of an app", () => {
  const { enter, visit } = stage();

  test("classic: CSS and a logo", async () => {
    const hosted = await enter();
    const { userPoolId: UserPoolId, clientId: ClientId, idp } = hosted.world;
    await idp.send(new SetUICustomizationCommand({ UserPoolId, ClientId, CSS, ImageFile: picture(RED) }));
    const visitor = await visit(hosted);
    const { page } = visitor;
    assert.equal(await color(page.locator('[name="signInSubmitButton"]')), "rgb(160, 0, 32)");
    assert.equal(await color(page.locator(".background-customizable")), "rgb(255, 251, 230)");
    assert.equal(await width(page.locator("img.logo-customizable")), 160);
    await visitor.inspect("classic-branded");
    await visitor.close();
  });

  test("managed: colours by day and by night, corners and a logo", async () => {
    const button = (backgroundColor, textColor) => ({ defaults: { backgroundColor, textColor }, hover: { backgroundColor, textColor } });
    const Settings = {
      categories: { global: { colorSchemeMode: "DYNAMIC" } },
      componentClasses: { buttons: { borderRadius: 20 } },
      components: {
        primaryButton: { lightMode: button("a00020ff", "ffffffff"), darkMode: button("ffb3c0ff", "000000ff") },
        form: { logo: { enabled: true, formInclusion: "IN", location: "CENTER", position: "TOP" } },
      },
    };
    const logo = { Category: "FORM_LOGO", ColorMode: "DYNAMIC", Extension: "PNG", Bytes: picture(RED) };
    const hosted = await enter({ look: 2, style: { Settings, Assets: [logo] } });
    const visitor = await visit(hosted);
    const { page } = visitor;
    const submit = page.locator('[name="signInSubmitButton"]');
    assert.equal(await color(submit), "rgb(160, 0, 32)");
    assert.equal(await submit.evaluate((it) => getComputedStyle(it).borderRadius), "20px");
    assert.equal(await width(page.locator("img").first()), 160);
    await visitor.inspect("managed-branded");
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await color(submit), "rgb(255, 179, 192)");
    await visitor.close();
  });

  test("managed: dark, whatever the browser prefers", async () => {
    const style = { Settings: { categories: { global: { colorSchemeMode: "DARK" } } } };
    const visitor = await visit(await enter({ look: 2, style }));
    assert.equal(await color(visitor.page.locator("body")), "rgb(15, 27, 42)");
    await visitor.inspect("managed-dark");
    await visitor.close();
  });
});
