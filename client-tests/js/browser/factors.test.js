// What signs in beside a password: an authenticator app by its QR code, and passkeys of Chromium's virtual authenticator.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import jsQR from "jsqr";
import { PNG } from "pngjs";

import { PASSWORD } from "../world.js";
import { LOOKS, stage } from "./stage.js";

const credentials = { username: "ann", password: PASSWORD };

describe("the pages of other factors", () => {
  const { enter, visit } = stage();

  /** What a telephone reads when it is held before the screen. */
  async function scan({ page }) {
    const { data, width, height } = PNG.sync.read(await page.screenshot({ fullPage: true }));
    const found = jsQR(new Uint8ClampedArray(data), width, height);
    assert(found, "no QR code on the page");
    return new URL(found.data);
  }

  for (const [look, version] of LOOKS) {
    test(`an authenticator app is set up by its QR code, ${look}`, async () => {
      const mfa = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } };
      const hosted = await enter({ look: version, mfa });
      await hosted.world.addUser("ann");
      const visitor = await visit(hosted);
      const { page } = visitor;
      await visitor.submit(credentials);
      await visitor.inspect(`${look}-set-up-app`);
      const uri = await scan(visitor);
      assert.deepEqual([uri.protocol, uri.host], ["otpauth:", "totp"]);
      const secret = uri.searchParams.get("secret");
      assert.equal(secret, await page.locator("#secretCode").innerText());
      await page.emulateMedia({ colorScheme: "dark" });
      assert.equal((await scan(visitor)).searchParams.get("secret"), secret);
      await visitor.submit({ authentication_code: "000000" });
      assert.equal(await visitor.error(), "Code mismatch and fail enable Software Token MFA");
      assert.equal((await scan(visitor)).searchParams.get("secret"), secret);
      await visitor.submit({ authentication_code: await hosted.world.totp(secret), friendly_device_name: "my phone" });
      await hosted.assertSignedIn(page, "ann");

      const again = await visit(hosted);
      await again.submit(credentials);
      await hosted.world.advanceClock(30);
      await again.submit({ authentication_code: await hosted.world.totp(secret) });
      await hosted.assertSignedIn(again.page, "ann");
      await Promise.all([visitor.close(), again.close()]);
    });
  }

  /** A pool that takes passkeys, and a browser with an authenticator, in which a user has signed in. */
  async function enterWithPasskeys() {
    const hosted = await enter({
      look: 2,
      client: { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
      pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP"] } } },
    });
    await hosted.setRelyingParty();
    await hosted.world.addUser("ann");
    const visitor = await visit(hosted);
    await visitor.debugger.send("WebAuthn.enable");
    const { authenticatorId } = await visitor.debugger.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await visitor.inspect("managed-username");
    await visitor.submit({ username: "ann" });
    await visitor.inspect("managed-first-factor");
    await visitor.submit({ answer: "PASSWORD" });
    await visitor.inspect("managed-enter-password");
    await visitor.submit({ password: PASSWORD });
    await hosted.assertSignedIn(visitor.page, "ann");
    return { hosted, visitor, authenticatorId };
  }

  const button = ({ page }) => page.locator('[name="signInSubmitButton"]');

  async function addPasskey(hosted, visitor) {
    await visitor.page.goto(hosted.address("/passkeys/add"));
    await visitor.inspect("managed-add-passkey");
    await button(visitor).click();
    await visitor.page.waitForURL(`${hosted.app.url}/callback?result=success`);
  }

  async function askForPasskey(hosted, visitor) {
    await visitor.context.clearCookies();
    await visitor.page.goto(hosted.address());
    await visitor.submit({ username: "ann" });
    await visitor.submit({ answer: "WEB_AUTHN" });
  }

  test("a passkey is added, and signs in", async () => {
    const { hosted, visitor, authenticatorId } = await enterWithPasskeys();
    await addPasskey(hosted, visitor);
    const kept = await visitor.debugger.send("WebAuthn.getCredentials", { authenticatorId });
    assert.deepEqual(kept.credentials.map(({ rpId, isResidentCredential }) => [rpId, isResidentCredential]), [[hosted.domain.split(":")[0], true]]);
    await askForPasskey(hosted, visitor);
    await visitor.inspect("managed-passkey");
    await button(visitor).click();
    await hosted.assertSignedIn(visitor.page, "ann");
    await visitor.close();
  });

  test("a passkey that the user does not use is asked for again", async () => {
    const { hosted, visitor, authenticatorId } = await enterWithPasskeys();
    await addPasskey(hosted, visitor);
    await askForPasskey(hosted, visitor);
    await visitor.debugger.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    const { credentials: kept } = await visitor.debugger.send("WebAuthn.getCredentials", { authenticatorId });
    await visitor.debugger.send("WebAuthn.clearCredentials", { authenticatorId });
    await button(visitor).click();
    assert.equal(await visitor.error(), "The passkey was not used. Please try again.");
    await visitor.inspect("managed-passkey-failed");
    await visitor.debugger.send("WebAuthn.addCredential", { authenticatorId, credential: kept[0] });
    await visitor.debugger.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await button(visitor).click();
    await hosted.assertSignedIn(visitor.page, "ann");
    await visitor.close();
  });
});
