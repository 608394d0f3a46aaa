// A user pool of a test's own, and what a test asks of the server beside AWS's API: messages, the clock, verified tokens.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetUserCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleFetcher } from "aws-jwt-verify/https";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

import { demo } from "./server.js";

export const PASSWORD = "Passw0rd!";

const FLOWS = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "REFRESH_TOKEN_AUTH"].map((flow) => `ALLOW_${flow}`);

// The library fetches keys over HTTPS only; the server answers that on its one port with a certificate of its own making.
export function selfSignedCache() {
  return new SimpleJwksCache({ fetcher: new SimpleFetcher({ defaultRequestOptions: { rejectUnauthorized: false } }) });
}

async function control(server, path, options) {
  const answer = await fetch(`${server.url}/_cognitwin/${path}`, options);
  assert.equal(answer.status, 200);
  return answer.json();
}

export class World {
  /** A pool whose users sign up with an email address, and a public client that allows every flow without Lambda. */
  static async make(server, { pool = {}, client = {}, mfa } = {}) {
    const idp = new CognitoIdentityProviderClient({
      region: demo.region,
      endpoint: server.url,
      maxAttempts: 1,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { UserPool } = await idp.send(
      new CreateUserPoolCommand({ PoolName: "js", AutoVerifiedAttributes: ["email"], ...pool }),
    );
    const { UserPoolClient } = await idp.send(
      new CreateUserPoolClientCommand({ UserPoolId: UserPool.Id, ClientName: "js", ExplicitAuthFlows: FLOWS, ...client }),
    );
    if (mfa) await idp.send(new SetUserPoolMfaConfigCommand({ UserPoolId: UserPool.Id, ...mfa }));
    return new World(server, idp, UserPool.Id, UserPoolClient.ClientId);
  }

  constructor(server, idp, userPoolId, clientId) {
    Object.assign(this, { server, idp, userPoolId, clientId });
    const issuer = `http://localhost:${server.port}/${userPoolId}`;
    const jwksUri = `${issuer.replace("http:", "https:")}/.well-known/jwks.json`;
    const verifier = (audience) => JwtVerifier.create({ issuer, audience, jwksUri }, { jwksCache: selfSignedCache() });
    this.verifiers = { id: verifier(clientId), access: verifier(null) };
  }

  async addUser(username, { password = PASSWORD, isTemporary = false, attributes = {} } = {}) {
    const own = { email: `${username}@example.com`, email_verified: "true", ...attributes };
    const user = { UserPoolId: this.userPoolId, Username: username };
    await this.idp.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: "SUPPRESS",
        TemporaryPassword: isTemporary ? password : undefined,
        UserAttributes: Object.entries(own)
          .filter(([, Value]) => Value !== null)
          .map(([Name, Value]) => ({ Name, Value })),
      }),
    );
    if (!isTemporary) {
      await this.idp.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    }
  }

  user(accessToken) {
    return this.idp.send(new GetUserCommand({ AccessToken: accessToken }));
  }

  /** What was sent to a user last. */
  async message(username) {
    const query = new URLSearchParams({ userPoolId: this.userPoolId, username });
    return (await control(this.server, `messages?${query}`)).at(-1);
  }

  async code(username) {
    return (await this.message(username)).code;
  }

  /** What an authenticator app shows, the server's time being what it is. */
  async totp(secret) {
    const { now } = await control(this.server, "clock");
    const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
    const key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(Date.parse(now) / 30_000)));
    const mac = createHmac("sha1", key).update(step).digest();
    const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fff_ffff;
    return String(number % 1_000_000).padStart(6, "0");
  }

  advanceClock(seconds) {
    return control(this.server, "clock", { method: "PUT", body: JSON.stringify({ advanceSeconds: seconds }) });
  }

  /** The claims of both tokens, which aws-jwt-verify finds in order. */
  async claims(idToken, accessToken, username) {
    const id = await this.verifiers.id.verify(idToken, { tokenUse: "id" });
    const access = await this.verifiers.access.verify(accessToken);
    assert.deepEqual(
      [id.token_use, access.token_use, id["cognito:username"], access.username, access.client_id, access.sub],
      ["id", "access", username, username, this.clientId, id.sub],
    );
    for (const claim of ["origin_jti", "event_id", "auth_time"]) assert.equal(id[claim], access[claim]);
    return { id, access };
  }

  close() {
    this.idp.destroy();
  }
}
