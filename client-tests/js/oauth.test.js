// Two OpenID Connect clients as their users write them: discovery, code + PKCE, refresh, userInfo, revocation, logout.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

import { demo, startServer } from "./server.js";

const CALLBACK = "http://localhost:3000/callback";
const LOGOUT = "http://localhost:3000/";
const PASSWORD = "Passw0rd!";

// What a browser does with a login form: keeps cookies, sends the hidden fields back, and stops at the app's address.
async function signIn(url, browser = new Map()) {
  const go = async (target, options = {}) => {
    const cookie = [...browser].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(target, { redirect: "manual", ...options, headers: { cookie, ...options.headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      browser.set(name, value);
    }
    return answer;
  };
  let answer = await go(url);
  while (answer.status === 302 && !answer.headers.get("location").startsWith(LOGOUT)) {
    answer = await go(answer.headers.get("location"));
  }
  if (answer.status === 200) {
    const page = await answer.text();
    const unescaped = (text) => text.replaceAll("&#38;", "&");
    const action = unescaped(/<form[^>]*action="([^"]*)"/.exec(page)[1]);
    const csrf = /name="_csrf" value="([^"]*)"/.exec(page)[1];
    const body = new URLSearchParams({ _csrf: csrf, username: "alice", password: PASSWORD, cognitoAsfData: "" });
    answer = await go(new URL(action, url), { method: "POST", body });
  }
  assert.equal(answer.status, 302);
  return new URL(answer.headers.get("location"));
}

describe("OpenID Connect", () => {
  let server, issuer, publicClient, secretClient;

  before(async () => {
    server = await startServer();
    const idp = new CognitoIdentityProviderClient({
      region: demo.region,
      endpoint: server.url,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName: "oidc" }));
    const UserPoolId = UserPool.Id;
    await idp.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: "oidc-js" }));
    const user = { UserPoolId, Username: "alice" };
    const UserAttributes = [{ Name: "email", Value: "alice@example.com" }];
    await idp.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: "SUPPRESS" }));
    await idp.send(new AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }));
    const makeClient = async (more) => {
      const settings = {
        UserPoolId,
        ClientName: "app",
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ["code"],
        AllowedOAuthScopes: ["openid", "email"],
        CallbackURLs: [CALLBACK],
        LogoutURLs: [LOGOUT],
        SupportedIdentityProviders: ["COGNITO"],
        ...more,
      };
      return (await idp.send(new CreateUserPoolClientCommand(settings))).UserPoolClient;
    };
    publicClient = await makeClient({});
    secretClient = await makeClient({ GenerateSecret: true });
    issuer = new URL(`http://localhost:${server.port}/${UserPoolId}`);
    idp.destroy();
  });

  after(() => server.stop());

  for (const kind of ["public", "secret"]) {
    test(`openid-client signs a user in through a ${kind} client`, async () => {
      const { ClientId, ClientSecret } = kind === "public" ? publicClient : secretClient;
      const authentication = ClientSecret ? openid.ClientSecretBasic(ClientSecret) : openid.None();
      const options = { execute: [openid.allowInsecureRequests] };
      const config = await openid.discovery(issuer, ClientId, ClientSecret, authentication, options);
      const pkceCodeVerifier = openid.randomPKCECodeVerifier();
      const expected = { expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK,
        scope: "openid email",
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
        state: expected.expectedState,
        nonce: expected.expectedNonce,
      });
      const callback = await signIn(url);
      const tokens = await openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier, ...expected });
      const { sub, email } = tokens.claims();
      assert.equal(email, "alice@example.com");
      const info = await openid.fetchUserInfo(config, tokens.access_token, sub);
      assert.deepEqual({ ...info }, { sub, email, username: "alice" });
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
      assert.equal(refreshed.claims().sub, sub);
      await openid.tokenRevocation(config, tokens.refresh_token);
      await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), { error: "invalid_grant" });
      await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, sub), { code: "OAUTH_WWW_AUTHENTICATE_CHALLENGE" });
    });
  }

  test("oauth4webapi signs a user in, and is let in again without a question", async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const found = await oauth.discoveryRequest(issuer, insecure);
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const client = { client_id: publicClient.ClientId };
    const browser = new Map();
    for (const prompt of ["login", "none"]) {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const nonce = oauth.generateRandomNonce();
      const url = new URL(server.authorization_endpoint);
      url.search = new URLSearchParams({
        client_id: client.client_id,
        redirect_uri: CALLBACK,
        response_type: "code",
        scope: "openid email",
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        nonce,
        prompt,
      });
      const parameters = oauth.validateAuthResponse(server, client, await signIn(url, browser), state);
      const none = oauth.None();
      const answer = await oauth.authorizationCodeGrantRequest(server, client, none, parameters, CALLBACK, verifier, insecure);
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, answer, insecure);
      assert.equal(oauth.getValidatedIdTokenClaims(tokens)["cognito:username"], "alice");
    }
    const out = new URL(server.end_session_endpoint);
    out.search = new URLSearchParams({ client_id: client.client_id, logout_uri: LOGOUT });
    assert.equal((await fetch(out, { redirect: "manual" })).headers.get("location"), LOGOUT);
  });
});
