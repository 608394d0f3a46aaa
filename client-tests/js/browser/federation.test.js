// Sign-in through providers that the server is itself, in Chromium: from the button to tokens, and back without a question.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CreateIdentityProviderCommand, UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";

import { startServer } from "../server.js";
import { HostedApp, serveApp } from "./app.js";
import { Visitor, launchChromium } from "./chromium.js";

describe("built-in identity providers in Chromium", () => {
  let server, browser, app;
  const worlds = [];

  before(async () => {
    [server, browser, app] = await Promise.all([startServer(), launchChromium(), serveApp()]);
  });

  after(async () => {
    await browser.close();
    app.stop();
    for (const world of worlds) world.close();
    await server.stop();
  });

  async function enter(look) {
    const hosted = await HostedApp.make(server, app, { look });
    const { idp, userPoolId: UserPoolId, clientId: ClientId } = hosted.world;
    worlds.push(hosted.world);
    const common = { UserPoolId, AttributeMapping: { email: "email", name: "name" } };
    const social = { client_id: "app", client_secret: "s", authorize_scopes: "openid email" };
    await idp.send(
      new CreateIdentityProviderCommand({ ...common, ProviderName: "Google", ProviderType: "Google", ProviderDetails: social }),
    );
    const open = { ...social, oidc_issuer: "builtin", attributes_request_method: "GET" };
    await idp.send(
      new CreateIdentityProviderCommand({
        ...common,
        ProviderName: "Okta",
        ProviderType: "OIDC",
        ProviderDetails: open,
        IdpIdentifiers: ["example.com"],
      }),
    );
    await idp.send(
      new UpdateUserPoolClientCommand({
        UserPoolId,
        ClientId,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["code"],
        AllowedOAuthScopes: ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        CallbackURLs: [`${app.url}/callback`],
        SupportedIdentityProviders: ["COGNITO", "Google", "Okta"],
      }),
    );
    return hosted;
  }

  for (const [look, version] of Object.entries({ classic: 1, managed: 2 })) {
    test(`Google's button, ${look}`, async () => {
      const hosted = await enter(version);
      const visitor = await Visitor.come(browser);
      const { page } = visitor;
      await page.goto(hosted.address());
      await visitor.inspect(`${look}-sign-in-federated`);
      await page.getByRole("link", { name: "Continue with Google" }).click();
      await page.getByRole("heading", { name: "Sign in with Google" }).waitFor();
      await visitor.inspect(`${look}-built-in-provider`);
      await page.fill("#email", "ann@example.com");
      await page.fill("#name", "Ann Lee");
      await page.fill("#sub", "42");
      await page.getByRole("button", { name: "Sign in" }).click();
      const { id } = await hosted.assertSignedIn(page, "Google_42");
      assert.equal(id.name, "Ann Lee");
      assert.equal(id.identities[0].providerName, "Google");
      // The browser is known now.
      await page.goto(hosted.address("/oauth2/authorize", { identity_provider: "Google" }));
      await hosted.assertSignedIn(page, "Google_42");
      await visitor.close();
    });
  }

  test("an address leads to the provider of its domain", async () => {
    const hosted = await enter(1);
    const visitor = await Visitor.come(browser);
    const { page } = visitor;
    await page.goto(hosted.address());
    await page.fill('[name="idp_identifier"]', "bob@example.com");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign in with Okta" }).waitFor();
    await page.fill("#sub", "7");
    await page.getByRole("button", { name: "Sign in" }).click();
    await hosted.assertSignedIn(page, "Okta_7");
    await visitor.close();
  });

  test("whoever cancels is back at the app", async () => {
    const hosted = await enter(1);
    const visitor = await Visitor.come(browser);
    const { page } = visitor;
    await page.goto(hosted.address("/oauth2/authorize", { identity_provider: "Google", state: "mine" }));
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL(`${app.url}/callback?**`);
    assert.equal(new URL(page.url()).search, "?state=mine&error=access_denied");
    await visitor.close();
  });
});
