// Signing in through another provider, which the server is itself: the buttons, its page, and the way back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CreateIdentityProviderCommand, UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";

import { LOOKS, stage } from "./stage.js";

const DETAILS = { client_id: "social", authorize_scopes: "openid" };
const OIDC = { client_id: "okta", authorize_scopes: "openid", oidc_issuer: "builtin", attributes_request_method: "GET" };
const PROVIDERS = [
  { ProviderName: "Google", ProviderType: "Google", ProviderDetails: { ...DETAILS, client_secret: "s" } },
  { ProviderName: "Facebook", ProviderType: "Facebook", ProviderDetails: { ...DETAILS, client_secret: "s" } },
  { ProviderName: "Okta", ProviderType: "OIDC", ProviderDetails: OIDC, IdpIdentifiers: ["example.com"] },
];

describe("the pages of other providers", () => {
  const { enter, visit } = stage();

  async function enterWithProviders(look) {
    const hosted = await enter({ look });
    const { userPoolId: UserPoolId, clientId: ClientId, idp } = hosted.world;
    for (const provider of PROVIDERS) {
      await idp.send(new CreateIdentityProviderCommand({ UserPoolId, AttributeMapping: { email: "email" }, ...provider }));
    }
    const SupportedIdentityProviders = ["COGNITO", ...PROVIDERS.map(({ ProviderName }) => ProviderName)];
    await idp.send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId, ...hosted.settings, SupportedIdentityProviders }));
    return hosted;
  }

  for (const [look, version] of LOOKS) {
    test(`a button leads to the provider, and the provider back, ${look}`, async () => {
      const hosted = await enterWithProviders(version);
      const visitor = await visit(hosted, {}, { scope: "openid email" });
      const { page } = visitor;
      await visitor.inspect(`${look}-providers`);
      await page.getByRole("link", { name: "Google" }).click();
      await visitor.inspect(`${look}-google`);
      await visitor.submit({ email: "gina@example.com", sub: "42" });
      const { id } = await hosted.assertSignedIn(page, "Google_42");
      assert.equal(id.email, "gina@example.com");
      assert.equal(id.identities[0].providerName, "Google");
      await visitor.close();
    });

    test(`who refuses at the provider is back at the app, told so, ${look}`, async () => {
      const hosted = await enterWithProviders(version);
      const visitor = await visit(hosted, {}, { identity_provider: "Okta", state: "s" });
      const { page } = visitor;
      await visitor.inspect(`${look}-okta`);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.waitForURL(`${hosted.app.url}/callback?**`);
      const told = new URL(page.url()).searchParams;
      assert.deepEqual([told.has("code"), told.has("error"), told.get("state")], [false, true, "s"]);
      await visitor.close();
    });
  }
});
