// What else leads to another provider: an address of its domain, and real providers, Authlib's of OpenID Connect and
// pysaml2's of SAML.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { CreateIdentityProviderCommand, UpdateUserPoolClientCommand } from "@aws-sdk/client-cognito-identity-provider";

import { stage } from "./stage.js";

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../target", import.meta.url));
const python = join(target, "client-tests", "python", "bin", "python");

/** A provider in Python: where it is, and what ends it. */
async function start(...command) {
  const cwd = fileURLToPath(new URL("../../python", import.meta.url));
  const child = spawn(python, command, { cwd, stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { issuer: String(line).trim(), stop: () => child.stdin.end() };
}

describe("other providers", () => {
  const { enter, visit } = stage();

  async function addProvider(hosted, ProviderName, details, more = {}) {
    const { userPoolId: UserPoolId, clientId: ClientId, idp } = hosted.world;
    const isSaml = more.ProviderType === "SAML";
    const always = isSaml ? {} : { authorize_scopes: "openid profile", attributes_request_method: "GET" };
    const provider = {
      UserPoolId,
      ProviderName,
      ProviderType: "OIDC",
      ProviderDetails: { ...always, ...details },
      AttributeMapping: { name: "name", email: "email" },
      ...more,
    };
    await idp.send(new CreateIdentityProviderCommand(provider));
    const SupportedIdentityProviders = ["COGNITO", ProviderName];
    await idp.send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId, ...hosted.settings, SupportedIdentityProviders }));
  }

  test("an address leads to the provider of its domain, whose users need no page the next time", async () => {
    const hosted = await enter();
    await addProvider(hosted, "Okta", { client_id: "app", oidc_issuer: "builtin" }, { IdpIdentifiers: ["example.com"] });
    const visitor = await visit(hosted);
    const { page } = visitor;
    await page.fill('[name="idp_identifier"]', "bob@example.com");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign in with Okta" }).waitFor();
    await page.fill("#sub", "7");
    await page.getByRole("button", { name: "Sign in" }).click();
    await hosted.assertSignedIn(page, "Okta_7");
    await page.goto(hosted.address("/oauth2/authorize", { identity_provider: "Okta" }));
    await hosted.assertSignedIn(page, "Okta_7");
    await visitor.close();
  });

  test("a user of a real provider", async () => {
    const hosted = await enter({ look: 2 });
    const authlib = await start("authlib_provider.py", `http://${hosted.domain}/oauth2/idpresponse`);
    const secret = "the secret of Authlib's client";
    await addProvider(hosted, "Authlib", { client_id: "pool", client_secret: secret, oidc_issuer: authlib.issuer });
    const visitor = await visit(hosted);
    const { page } = visitor;
    await page.getByRole("link", { name: "Authlib" }).click();
    await page.waitForURL(`${authlib.issuer}/authorize?**`);
    await page.fill('[name="name"]', "ann");
    await page.keyboard.press("Enter");
    const { id } = await hosted.assertSignedIn(page, "Authlib_id-of-ann");
    assert.deepEqual([id.name, id.email], ["ann", "ann@authlib.example"]);
    await visitor.close();
    authlib.stop();
  });

  test("a user of a real SAML provider, there and back, and out again", async () => {
    const hosted = await enter({ look: 2 });
    const corp = await start("saml_page.py", hosted.world.userPoolId, `http://${hosted.domain}/saml2/idpresponse`);
    const details = { MetadataURL: `${corp.issuer}/metadata`, IDPSignout: "true", RequestSigningAlgorithm: "rsa-sha256" };
    await addProvider(hosted, "Corp", details, { ProviderType: "SAML", AttributeMapping: { email: "email" } });
    const visitor = await visit(hosted);
    const { page } = visitor;
    await page.getByRole("link", { name: "Corp" }).click();
    await page.waitForURL(`${corp.issuer}/sso?**`);
    await page.fill('[name="name"]', "ann");
    await page.keyboard.press("Enter");
    const { id } = await hosted.assertSignedIn(page, "Corp_ann");
    assert.equal(id.email, "ann@corp.example");
    const passed = [];
    page.on("request", (request) => passed.push(new URL(request.url()).pathname));
    await page.goto(hosted.address("/logout", { logout_uri: `${hosted.app.url}/` }));
    await page.waitForURL(`${hosted.app.url}/`);
    assert.deepEqual(passed.filter((it) => it !== "/"), ["/logout", "/slo", "/saml2/logout"]);
    await page.goto(hosted.address());
    await page.waitForURL(`http://${hosted.domain}/login?**`);
    await visitor.close();
    corp.stop();
  });
});
