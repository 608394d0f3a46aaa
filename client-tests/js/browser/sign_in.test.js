// Every page on a user's way in: what it does, in both looks, what axe-core says of it, and how it looks on a phone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  InitiateAuthCommand,
  VerifySoftwareTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { PASSWORD } from "../world.js";
import { PHONE } from "./chromium.js";
import { LOOKS, stage } from "./stage.js";

const INCORRECT = "Incorrect username or password.";
const credentials = { username: "ann", password: PASSWORD };

describe("the pages of a sign-in", () => {
  const here = stage();
  const { enter, visit, come } = here;

  /** The secret of an authenticator app that the user has set up. */
  async function addAuthenticator({ world }, username) {
    const AuthParameters = { USERNAME: username, PASSWORD };
    const signIn = new InitiateAuthCommand({ ClientId: world.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters });
    const { AccessToken } = (await world.idp.send(signIn)).AuthenticationResult;
    const { SecretCode } = await world.idp.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    const UserCode = await world.totp(SecretCode);
    await world.idp.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode }));
    return SecretCode;
  }

  function prefer({ world }, Username, settings) {
    return world.idp.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: world.userPoolId, Username, ...settings }));
  }

  for (const [look, version] of LOOKS) {
    test(`a password, ${look}`, async () => {
      const hosted = await enter({ look: version });
      await hosted.world.addUser("ann");
      const visitor = await visit(hosted);
      await visitor.inspect(`${look}-sign-in`);
      await visitor.submit({ username: "ann", password: "wrong" });
      assert.equal(await visitor.error(), INCORRECT);
      await visitor.inspect(`${look}-sign-in-refused`);
      await visitor.submit(credentials);
      await hosted.assertSignedIn(visitor.page, "ann");
      await visitor.close();
    });

    test(`a new password for a temporary one, ${look}`, async () => {
      const name = { Name: "family_name", Required: true, AttributeDataType: "String", Mutable: true };
      const hosted = await enter({ look: version, pool: { Schema: [name] } });
      await hosted.world.addUser("ann", { isTemporary: true });
      const visitor = await visit(hosted);
      await visitor.submit(credentials);
      await visitor.inspect(`${look}-new-password`);
      const chosen = { new_password: "N3w-Passw0rd", confirm_password: "N3w-Passw0rd" };
      const family = { "requiredAttributes[family_name]": "Lee" };
      await visitor.submit({ ...chosen, confirm_password: "another", ...family });
      assert.equal(await visitor.error(), "The passwords do not match.");
      await visitor.submit({ ...chosen, ...family });
      assert.equal((await hosted.assertSignedIn(visitor.page, "ann")).id.family_name, "Lee");
      await visitor.close();
    });

    test(`a second factor, chosen of two, ${look}`, async () => {
      const mfa = {
        MfaConfiguration: "OPTIONAL",
        SoftwareTokenMfaConfiguration: { Enabled: true },
        EmailMfaConfiguration: {},
      };
      const hosted = await enter({ look: version, mfa });
      await hosted.world.addUser("ann");
      const secret = await addAuthenticator(hosted, "ann");
      await prefer(hosted, "ann", { EmailMfaSettings: { Enabled: true }, SoftwareTokenMfaSettings: { Enabled: true } });
      const visitor = await visit(hosted);
      await visitor.submit(credentials);
      await visitor.inspect(`${look}-choose-factor`);
      await visitor.submit({ answer: "EMAIL_OTP" });
      await visitor.inspect(`${look}-enter-emailed-code`);
      await visitor.submit({ authentication_code: "000000" });
      assert.equal(await visitor.error(), "Invalid code or auth state for the user.");
      await visitor.submit({ authentication_code: await hosted.world.code("ann") });
      await hosted.assertSignedIn(visitor.page, "ann");

      const other = await visit(hosted);
      await other.submit(credentials);
      await other.submit({ answer: "SOFTWARE_TOKEN_MFA" });
      await other.inspect(`${look}-enter-authenticator-code`);
      await hosted.world.advanceClock(30);
      await other.submit({ authentication_code: await hosted.world.totp(secret) });
      await hosted.assertSignedIn(other.page, "ann");
      await Promise.all([visitor.close(), other.close()]);
    });

    test(`an email address for codes, where a second factor has to be, ${look}`, async () => {
      const hosted = await enter({ look: version, mfa: { MfaConfiguration: "ON", EmailMfaConfiguration: {} } });
      await hosted.world.addUser("ann", { attributes: { email: null, email_verified: null } });
      const visitor = await visit(hosted);
      await visitor.submit(credentials);
      await visitor.inspect(`${look}-add-email`);
      await visitor.submit({ email: "ann@example.com" });
      await visitor.submit({ authentication_code: await hosted.world.code("ann") });
      await hosted.assertSignedIn(visitor.page, "ann");
      await visitor.close();
    });

    test(`errors have a page, ${look}`, async () => {
      const hosted = await enter({ look: version });
      const visitor = await visit(hosted, {}, { redirect_uri: "https://evil.example/" });
      assert.equal(new URL(visitor.page.url()).pathname, "/error");
      await visitor.inspect(`${look}-error`);
      await visitor.close(/status of 400/);
    });
  }

  test("one sign-in for all clients of a pool, until one signs out", async () => {
    const hosted = await enter();
    await hosted.world.addUser("ann");
    const second = await hosted.addClient();
    const visitor = await visit(hosted);
    const { page } = visitor;
    await visitor.submit(credentials);
    const first = await hosted.assertSignedIn(page, "ann");
    await page.goto(hosted.address("/oauth2/authorize", { client_id: second }));
    const { id_token: token } = await hosted.tokens(page, second);
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
    assert.deepEqual([claims.aud, claims.sub, claims.auth_time], [second, first.id.sub, first.id.auth_time]);

    await page.goto(hosted.address("/logout", { logout_uri: `${here.app.url}/` }));
    assert.equal(page.url(), `${here.app.url}/`);
    await page.goto(hosted.address());
    assert.equal(new URL(page.url()).pathname, "/login");
    await visitor.close();
  });

  test("a pool does not know the browser's session at another", async () => {
    const [one, other] = [await enter(), await enter()];
    await one.world.addUser("ann");
    const visitor = await visit(one);
    await visitor.submit(credentials);
    await one.assertSignedIn(visitor.page, "ann");
    await visitor.page.goto(other.address());
    assert.equal(new URL(visitor.page.url()).pathname, "/login");
    await visitor.close();
  });

  for (const [look, version] of LOOKS) {
    test(`no script is needed, on a phone, ${look}`, async () => {
      const hosted = await enter({ look: version });
      await hosted.world.addUser("ann");
      const phone = { viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2, javaScriptEnabled: false };
      const visitor = await visit(hosted, phone);
      const { page } = visitor;
      await page.locator('[name="username"]:visible').tap();
      await page.keyboard.type("ann");
      await page.keyboard.press("Tab");
      await page.keyboard.type(PASSWORD);
      for (const name of ["username", "password", "signInSubmitButton"]) {
        const box = await page.locator(`[name="${name}"]:visible`).boundingBox();
        assert(box.height >= 24 && box.x >= 0 && box.x + box.width <= PHONE.width, `${name}: ${JSON.stringify(box)}`);
      }
      await page.screenshot({ path: visitor.picture(`${look}-sign-in-real-phone`) });
      await page.locator('[name="signInSubmitButton"]:visible').tap();
      await hosted.assertSignedIn(page, "ann");
      await visitor.close();
    });
  }

  test("the keyboard is enough", async () => {
    const hosted = await enter();
    await hosted.world.addUser("ann");
    const visitor = await visit(hosted);
    const { page } = visitor;
    const tabTo = async (name) => {
      for (let presses = 0; presses < 20; presses += 1) {
        if ((await page.evaluate(() => document.activeElement?.getAttribute("name"))) === name) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`Tab does not reach ${name}`);
    };
    await tabTo("username");
    await page.keyboard.type("ann");
    await tabTo("password");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await hosted.assertSignedIn(page, "ann");
    await visitor.close();
  });

  test("what was typed is text, and no script runs", async () => {
    const hosted = await enter({ client: { PreventUserExistenceErrors: "ENABLED" } });
    const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
    const visitor = await visit(hosted, {}, { login_hint: evil, state: evil });
    visitor.page.on("dialog", () => assert.fail("a script ran"));
    assert.equal(await visitor.page.inputValue('[name="username"]:visible'), evil);
    await visitor.submit({ username: evil, password: evil });
    assert.equal(await visitor.error(), INCORRECT);
    assert.equal(await visitor.page.locator("img[src=x]").count(), 0);
    await visitor.close();
  });

  test("other sites can neither frame the page nor send its form", async () => {
    const hosted = await enter();
    await hosted.world.addUser("ann");
    const visitor = await come();
    const { page } = visitor;
    await page.goto(here.app.url);
    const framed = hosted.address("/login");
    await page.setContent(`<iframe src="${framed.replaceAll("&", "&amp;")}"></iframe>`);
    await page.waitForFunction(() => document.querySelector("iframe").contentDocument === null);
    assert.equal(page.frames()[1].url(), "chrome-error://chromewebdata/");

    await page.goto(framed);
    await page.goto(here.app.url);
    const fields = Object.entries({ ...credentials, _csrf: "00000000-0000-4000-8000-000000000000" });
    const inputs = fields.map(([name, value]) => `<input name="${name}" value="${value}">`).join("");
    await page.setContent(`<form method="post" action="${framed.replaceAll("&", "&amp;")}">${inputs}<button></button></form>`);
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.click("button");
    assert.equal((await answer).status(), 403);
    assert.deepEqual((await visitor.context.cookies()).filter(({ name }) => name === "cognito"), []);
    await visitor.close(/frame-ancestors|X-Frame-Options|Refused to display/i, /status of 403/);
  });

  test("the console of the server", async () => {
    const hosted = await enter();
    await hosted.world.addUser("ann");
    const visitor = await come();
    await visitor.page.goto(`${here.server.url}/_cognitwin/`);
    await visitor.page.getByText(hosted.world.userPoolId).first().waitFor();
    await visitor.inspect("console");
    await visitor.page.getByRole("button", { name: "+ 1 minute" }).click();
    await visitor.page.getByText("moved").waitFor();
    await visitor.close();
  });
});
