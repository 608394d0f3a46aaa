import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CognitoIdentityProviderClient, InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { CognitoJwtVerifier, JwtVerifier } from "aws-jwt-verify";
import { JwtInvalidSignatureError } from "aws-jwt-verify/error";
import { decomposeUnverifiedJwt } from "aws-jwt-verify/jwt";

import { demo, startServer } from "./server.js";
import { selfSignedCache } from "./world.js";

async function signIn(server) {
  const idp = new CognitoIdentityProviderClient({ region: demo.region, endpoint: server.url, maxAttempts: 1 });
  const answer = await idp.send(
    new InitiateAuthCommand({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: demo.clientId,
      AuthParameters: { USERNAME: demo.username, PASSWORD: demo.password },
    }),
  );
  idp.destroy();
  return answer.AuthenticationResult;
}

async function withServer(flags, use) {
  const server = await startServer(...flags);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

describe("aws-jwt-verify", () => {
  test("verifies both tokens with the keys at the issuer's address", () =>
    withServer([], async (server) => {
      const tokens = await signIn(server);
      const issuer = `http://localhost:${server.port}/${demo.userPoolId}`;
      assert.equal(decomposeUnverifiedJwt(tokens.IdToken).payload.iss, issuer);
      const jwksUri = `${issuer.replace("http:", "https:")}/.well-known/jwks.json`;

      const idVerifier = JwtVerifier.create({ issuer, audience: demo.clientId, jwksUri }, { jwksCache: selfSignedCache() });
      const idClaims = await idVerifier.verify(tokens.IdToken);
      assert.equal(idClaims["cognito:username"], demo.username);
      assert.equal(idClaims.email_verified, true);

      const accessVerifier = JwtVerifier.create({ issuer, audience: null, jwksUri }, { jwksCache: selfSignedCache() });
      const accessClaims = await accessVerifier.verify(tokens.AccessToken);
      assert.equal(accessClaims.client_id, demo.clientId);
      assert.equal(accessClaims.sub, idClaims.sub);
    }));

  test("refuses a token whose claims were changed", () =>
    withServer([], async (server) => {
      const { IdToken } = await signIn(server);
      const issuer = `http://localhost:${server.port}/${demo.userPoolId}`;
      const jwksUri = `${issuer.replace("http:", "https:")}/.well-known/jwks.json`;
      const [header, payload, signature] = IdToken.split(".");
      const claims = JSON.parse(Buffer.from(payload, "base64url"));
      const changed = Buffer.from(JSON.stringify({ ...claims, "cognito:username": "mallory" })).toString("base64url");
      const verifier = JwtVerifier.create({ issuer, audience: demo.clientId, jwksUri }, { jwksCache: selfSignedCache() });
      await assert.rejects(verifier.verify([header, changed, signature].join(".")), JwtInvalidSignatureError);
    }));

  test("takes the server for AWS itself when it issues tokens under AWS's name", () =>
    withServer(["--issuer", "aws"], async (server) => {
      const tokens = await signIn(server);
      const keys = await fetch(`${server.url}/${demo.userPoolId}/.well-known/jwks.json`);
      const jwks = await keys.json();
      for (const [tokenUse, token] of [
        ["id", tokens.IdToken],
        ["access", tokens.AccessToken],
      ]) {
        const verifier = CognitoJwtVerifier.create({ userPoolId: demo.userPoolId, clientId: demo.clientId, tokenUse });
        verifier.cacheJwks(jwks);
        const claims = await verifier.verify(token);
        assert.equal(claims.iss, `https://cognito-idp.us-west-2.amazonaws.com/${demo.userPoolId}`);
        assert.equal(claims.token_use, tokenUse);
      }
    }));
});
