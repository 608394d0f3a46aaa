// amazon-cognito-identity-js, which programs of many years sign in with: SRP for users and for their devices.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } from "amazon-cognito-identity-js";

import { startServer } from "./server.js";
import { PASSWORD, World } from "./world.js";

// The library names devices after the browser; Node 20 has no name of one.
globalThis.navigator ??= { userAgent: "node" };

let server;

before(async () => {
  server = await startServer();
});

after(() => server.stop());

/** What a browser keeps, each test for itself. */
class Kept {
  items = new Map();
  setItem = (key, value) => this.items.set(key, value);
  getItem = (key) => this.items.get(key) ?? null;
  removeItem = (key) => this.items.delete(key);
  clear = () => this.items.clear();
}

async function enter(t, settings) {
  const world = await World.make(server, settings);
  t.after(() => world.close());
  const kept = new Kept();
  const pool = new CognitoUserPool({
    UserPoolId: world.userPoolId,
    ClientId: world.clientId,
    endpoint: server.url,
    Storage: kept,
  });
  const user = (username) => new CognitoUser({ Username: username, Pool: pool, Storage: kept });
  return { world, pool, user, kept };
}

/** A call that ends in `callback(error, result)`. */
function called(object, method, ...args) {
  return new Promise((resolve, reject) => {
    object[method](...args, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** A call that ends in one of several callbacks: which, and what it was given. */
function ended(call) {
  return new Promise((resolve, reject) => {
    const names = ["onSuccess", "newPasswordRequired", "totpRequired", "mfaSetup", "associateSecretCode"];
    const callbacks = Object.fromEntries(names.map((name) => [name, (...given) => resolve([name, ...given])]));
    call({ ...callbacks, onFailure: reject });
  });
}

function signIn(user, password = PASSWORD) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return ended((callbacks) => user.authenticateUser(details, callbacks));
}

function refused(call, name, message) {
  return assert.rejects(call, (error) => {
    assert.deepEqual([error.code ?? error.name, error.message], [name, message]);
    return true;
  });
}

function tokensOf(session) {
  return [session.getIdToken().getJwtToken(), session.getAccessToken().getJwtToken()];
}

/** The library tries a refused refresh again for seconds; the SDK asks once. */
function refresh(world, session) {
  const parameters = { REFRESH_TOKEN: session.getRefreshToken().getToken() };
  const request = { AuthFlow: "REFRESH_TOKEN_AUTH", ClientId: world.clientId, AuthParameters: parameters };
  return world.idp.send(new InitiateAuthCommand(request));
}

describe("amazon-cognito-identity-js", () => {
  test("signs up, confirms, signs in by SRP, refreshes and signs out everywhere", async (t) => {
    const { world, pool, user } = await enter(t);
    const email = new CognitoUserAttribute({ Name: "email", Value: "ann@example.com" });
    const signedUp = await called(pool, "signUp", "ann", PASSWORD, [email], []);
    assert.deepEqual([signedUp.userConfirmed, signedUp.codeDeliveryDetails.Destination], [false, "a***@e***"]);
    const ann = user("ann");
    await refused(signIn(ann), "UserNotConfirmedException", "User is not confirmed.");
    assert.equal(await called(ann, "confirmRegistration", await world.code("ann"), false), "SUCCESS");

    const [ending, session] = await signIn(ann);
    assert.equal(ending, "onSuccess");
    const claims = await world.claims(...tokensOf(session), "ann");
    assert.equal(claims.id.sub, signedUp.userSub);
    assert.deepEqual([claims.id.email, claims.id.email_verified], ["ann@example.com", true]);

    const attributes = await called(ann, "getUserAttributes");
    assert.equal(attributes.find((it) => it.getName() === "sub").getValue(), signedUp.userSub);

    const refreshed = await called(ann, "refreshSession", session.getRefreshToken());
    const again = await world.claims(...tokensOf(refreshed), "ann");
    assert.equal(again.id.origin_jti, claims.id.origin_jti);
    assert.equal(again.id.auth_time, claims.id.auth_time);
    assert.notEqual(again.id.jti, claims.id.jti);

    const newPassword = "An0ther-word";
    assert.equal(await called(ann, "changePassword", PASSWORD, newPassword), "SUCCESS");
    await refused(signIn(user("ann")), "NotAuthorizedException", "Incorrect username or password.");
    const elsewhere = user("ann");
    const [, other] = await signIn(elsewhere, newPassword);

    assert.equal((await ended((callbacks) => ann.globalSignOut(callbacks)))[1], "SUCCESS");
    await refused(refresh(world, other), "NotAuthorizedException", "Refresh Token has been revoked");
    await refused(called(elsewhere, "getUserAttributes"), "NotAuthorizedException", "Access Token has been revoked");
  });

  test("is refused for a wrong password and for nobody", async (t) => {
    const { world, user } = await enter(t);
    await world.addUser("ben");
    await refused(signIn(user("ben"), "wrong"), "NotAuthorizedException", "Incorrect username or password.");
    await refused(signIn(user("nobody")), "UserNotFoundException", "User does not exist.");
    const hidden = await enter(t, { client: { PreventUserExistenceErrors: "ENABLED" } });
    await refused(signIn(hidden.user("nobody")), "NotAuthorizedException", "Incorrect username or password.");
  });

  test("signs in by a password in the open, too", async (t) => {
    const { world, user } = await enter(t);
    await world.addUser("ben");
    const ben = user("ben");
    ben.setAuthenticationFlowType("USER_PASSWORD_AUTH");
    const [ending, session] = await signIn(ben);
    assert.equal(ending, "onSuccess");
    await world.claims(...tokensOf(session), "ben");
  });

  test("chooses a new password for a temporary one, by SRP", async (t) => {
    const name = { Name: "name", Required: true, AttributeDataType: "String", Mutable: true };
    const { world, user } = await enter(t, { pool: { Schema: [name] } });
    await world.addUser("cleo", { password: "Temp0rary!", isTemporary: true });
    const cleo = user("cleo");
    const [ending, attributes, required] = await signIn(cleo, "Temp0rary!");
    assert.equal(ending, "newPasswordRequired");
    assert.deepEqual(attributes, { email: "cleo@example.com", email_verified: "true", name: "" });
    assert.deepEqual(required, ["name"]);
    const complete = (password, given) =>
      ended((callbacks) => cleo.completeNewPasswordChallenge(password, given, callbacks));
    await refused(
      complete("weak", { name: "Cleo" }),
      "InvalidPasswordException",
      "Password does not conform to policy: Password not long enough",
    );
    const [done, session] = await complete("N3w-password", { name: "Cleo" });
    assert.equal(done, "onSuccess");
    const { id } = await world.claims(...tokensOf(session), "cleo");
    assert.equal(id.name, "Cleo");
  });

  test("sets up an authenticator app, and signs in with it", async (t) => {
    const mfa = { MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true } };
    const { world, user } = await enter(t, { mfa });
    await world.addUser("dora");
    const dora = user("dora");
    assert.equal((await signIn(dora))[0], "onSuccess");
    const [, secret] = await ended((callbacks) => dora.associateSoftwareToken(callbacks));
    const verify = (code) => ended((callbacks) => dora.verifySoftwareToken(code, "phone", callbacks));
    await refused(verify("000000"), "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA");
    assert.equal((await verify(await world.totp(secret)))[1].Status, "SUCCESS");
    const preference = { PreferredMfa: true, Enabled: true };
    assert.equal(await called(dora, "setUserMfaPreference", null, preference), "SUCCESS");

    const answer = (code) => ended((callbacks) => dora.sendMFACode(code, callbacks, "SOFTWARE_TOKEN_MFA"));
    const [ending, challenge, parameters] = await signIn(dora);
    assert.deepEqual([ending, challenge, parameters.FRIENDLY_DEVICE_NAME], ["totpRequired", "SOFTWARE_TOKEN_MFA", "phone"]);
    await refused(answer("000000"), "CodeMismatchException", "Invalid code received for user");
    await refused(
      answer(await world.totp(secret)),
      "ExpiredCodeException",
      "Your software token has already been used once.",
    );
    await world.advanceClock(30);
    const [done, session] = await answer(await world.totp(secret));
    assert.equal(done, "onSuccess");
    await world.claims(...tokensOf(session), "dora");
  });

  test("is asked to set up an authenticator app where there has to be one", async (t) => {
    const mfa = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } };
    const { world, user } = await enter(t, { mfa });
    await world.addUser("eve");
    const eve = user("eve");
    const [ending, challenge] = await signIn(eve);
    assert.deepEqual([ending, challenge], ["mfaSetup", "MFA_SETUP"]);
    const [, secret] = await ended((callbacks) => eve.associateSoftwareToken(callbacks));
    const code = await world.totp(secret);
    const [done, session] = await ended((callbacks) => eve.verifySoftwareToken(code, "phone", callbacks));
    assert.equal(done, "onSuccess");
    await world.claims(...tokensOf(session), "eve");
    assert.equal((await signIn(user("eve")))[0], "totpRequired");
  });

  test("proves a remembered device instead of a second factor", async (t) => {
    const { world, user, kept } = await enter(t, {
      pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } },
      mfa: { MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true } },
    });
    await world.addUser("finn");
    const finn = user("finn");
    const [, first] = await signIn(finn);
    const { access } = await world.claims(...tokensOf(first), "finn");
    finn.getCachedDeviceKeyAndPassword();
    assert.equal(access.device_key, finn.deviceKey);
    assert.match(finn.deviceKey, /^us-west-2_[0-9a-f-]{36}$/);
    const [, secret] = await ended((callbacks) => finn.associateSoftwareToken(callbacks));
    const code = await world.totp(secret);
    await ended((callbacks) => finn.verifySoftwareToken(code, "phone", callbacks));
    await called(finn, "setUserMfaPreference", null, { PreferredMfa: true, Enabled: true });

    // Not remembered yet, it is no factor.
    assert.equal((await signIn(user("finn")))[0], "totpRequired");
    assert.equal((await ended((callbacks) => finn.setDeviceStatusRemembered(callbacks)))[1], "SUCCESS");
    const again = user("finn");
    const [ending, second] = await signIn(again);
    assert.equal(ending, "onSuccess");
    const claims = await world.claims(...tokensOf(second), "finn");
    assert.equal(claims.access.device_key, finn.deviceKey);
    assert.notEqual(claims.access.origin_jti, access.origin_jti);

    const refreshed = await called(again, "refreshSession", second.getRefreshToken());
    await world.claims(...tokensOf(refreshed), "finn");
    const [, listed] = await ended((callbacks) => again.listDevices(5, null, callbacks));
    assert.deepEqual(
      listed.Devices.map((device) => device.DeviceKey),
      [finn.deviceKey],
    );

    // Somebody who took the key, but not the device's secret.
    const [secretKept] = [...kept.items.keys()].filter((key) => key.endsWith(".randomPasswordKey"));
    kept.setItem(secretKept, "guessed");
    await refused(signIn(user("finn")), "NotAuthorizedException", "Incorrect username or password.");

    assert.equal((await ended((callbacks) => again.forgetDevice(callbacks)))[1], "SUCCESS");
    const afterwards = await ended((callbacks) => again.listDevices(5, null, callbacks));
    assert.deepEqual(afterwards[1].Devices, []);
  });
});
