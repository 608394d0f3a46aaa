// An app of ours, on loopback, whose users sign in at the domain of their user pool.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import {
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { World } from "../world.js";

// Light or dark as the browser prefers, else AWS's own values. Without a style managed login has no pages.
const DYNAMIC = { Settings: { categories: { global: { colorSchemeMode: "DYNAMIC" } } } };

let made = 0;

/** Serves pages by their path; what has none is a page that says where it is. */
export async function serveApp(pages = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [type, body] = pages[pathname] ?? ["text/html", "<!doctype html><html lang=en><title>App</title><link rel=icon href=data:,><h1>App</h1>"];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return { url: `http://localhost:${server.address().port}`, pages, stop: () => server.close() };
}

/** A pool with a domain of its own, and a client that comes back to the app. */
export class HostedApp {
  static async make(server, app, { client, look = 1, style = DYNAMIC, ...settings } = {}) {
    const world = await World.make(server, { ...settings, client: oauth(app, client) });
    made += 1;
    const prefix = `js-${made}`;
    const own = { UserPoolId: world.userPoolId, Domain: prefix, ManagedLoginVersion: look };
    await world.idp.send(new CreateUserPoolDomainCommand(own));
    if (look === 2) {
      const { userPoolId: UserPoolId, clientId: ClientId } = world;
      await world.idp.send(new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, ...style }));
    }
    return new HostedApp(world, app, `${prefix}.auth.localhost:${server.port}`);
  }

  constructor(world, app, domain) {
    Object.assign(this, { world, app, domain, settings: oauth(app) });
  }

  /** Passkeys are for the name that the browser sees, and not for AWS's. */
  setRelyingParty() {
    const RelyingPartyId = this.domain.split(":")[0];
    const own = { UserPoolId: this.world.userPoolId, WebAuthnConfiguration: { RelyingPartyId } };
    return this.world.idp.send(new SetUserPoolMfaConfigCommand(own));
  }

  /** Another client of the same pool. */
  async addClient(more = {}) {
    const settings = { UserPoolId: this.world.userPoolId, ClientName: "other", ...oauth(this.app, more) };
    return (await this.world.idp.send(new CreateUserPoolClientCommand(settings))).UserPoolClient.ClientId;
  }

  /** An address of the domain, asked in the name of a client. */
  address(path = "/oauth2/authorize", more = {}) {
    const query = {
      client_id: this.world.clientId,
      response_type: "code",
      redirect_uri: `${this.app.url}/callback`,
      ...more,
    };
    return `http://${this.domain}${path}?${new URLSearchParams(query)}`;
  }

  /** Where the browser is back at the app: tokens for its code. */
  async tokens(page, clientId = this.world.clientId) {
    await page.waitForURL(`${this.app.url}/callback?**`);
    const code = new URL(page.url()).searchParams.get("code");
    assert(code, page.url());
    const form = { grant_type: "authorization_code", client_id: clientId, code, redirect_uri: `${this.app.url}/callback` };
    const answer = await fetch(`${this.world.server.url}/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
    const tokens = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(tokens));
    return tokens;
  }

  /** Whether the browser is back at the app, by whom. */
  async assertSignedIn(page, username) {
    const tokens = await this.tokens(page);
    return this.world.claims(tokens.id_token, tokens.access_token, username);
  }
}

function oauth(app, more = {}) {
  return {
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
    CallbackURLs: [`${app.url}/callback`, `${app.url}/`],
    LogoutURLs: [`${app.url}/`],
    SupportedIdentityProviders: ["COGNITO"],
    ...more,
  };
}
