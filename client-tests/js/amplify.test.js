// aws-amplify as a browser application uses it, told nothing but the two endpoints.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Amplify } from "aws-amplify";
import {
  autoSignIn,
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchDevices,
  fetchMFAPreference,
  fetchUserAttributes,
  forgetDevice,
  getCurrentUser,
  rememberDevice,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttributes,
  verifyTOTPSetup,
} from "aws-amplify/auth";

import { demo, startServer } from "./server.js";
import { PASSWORD, World } from "./world.js";

// The library names devices after the browser; Node 20 has no name of one.
globalThis.navigator ??= { userAgent: "node" };

const INCORRECT = "Incorrect username or password.";
const PASSWORDLESS = { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } };
const DONE = { isSignedIn: true, nextStep: { signInStep: "DONE" } };

const servers = [];

async function start(...flags) {
  servers.push(await startServer(...flags));
  return servers.at(-1);
}

// A sign-up that signs in by itself leaves a timer of three minutes behind, for which no test waits.
const { setTimeout } = globalThis;
globalThis.setTimeout = (...args) => setTimeout(...args).unref();

afterEach(async () => {
  await signOut();
  for (const server of servers.splice(0)) await server.stop();
});

async function enter(settings) {
  const server = await start();
  const world = await World.make(server, settings);
  configure(server, world.userPoolId, world.clientId);
  return world;
}

function configure(server, userPoolId, userPoolClientId, more = {}) {
  const Cognito = { userPoolId, userPoolClientId, userPoolEndpoint: server.url, ...more };
  Amplify.configure({ Auth: { Cognito } });
}

function by(authFlowType, preferredChallenge) {
  return { options: { authFlowType, preferredChallenge } };
}

function refused(call, name, message) {
  return assert.rejects(call, (error) => {
    assert.deepEqual([error.name, error.message], [name, message]);
    return true;
  });
}

/** The claims of the session's tokens, verified. */
async function claims(world, username, options) {
  const { tokens } = await fetchAuthSession(options);
  return world.claims(tokens.idToken.toString(), tokens.accessToken.toString(), username);
}

describe("aws-amplify", () => {
  test("signs up, confirms, and lives with an account by SRP", async () => {
    const world = await enter();
    const userAttributes = { email: "ann@example.com" };
    const signedUp = await signUp({ username: "ann", password: PASSWORD, options: { userAttributes } });
    assert.deepEqual(signedUp.nextStep, {
      signUpStep: "CONFIRM_SIGN_UP",
      codeDeliveryDetails: { deliveryMedium: "EMAIL", destination: "a***@e***", attributeName: "email" },
    });
    const early = await signIn({ username: "ann", password: PASSWORD });
    assert.equal(early.nextStep.signInStep, "CONFIRM_SIGN_UP");
    const wrongCode = "Invalid verification code provided, please try again.";
    await refused(confirmSignUp({ username: "ann", confirmationCode: "000000" }), "CodeMismatchException", wrongCode);
    const confirmed = await confirmSignUp({ username: "ann", confirmationCode: await world.code("ann") });
    assert.deepEqual(confirmed.nextStep, { signUpStep: "DONE" });

    await refused(signIn({ username: "ann", password: "wrong" }), "NotAuthorizedException", INCORRECT);
    await refused(signIn({ username: "nobody", password: "wrong" }), "UserNotFoundException", "User does not exist.");
    assert.deepEqual(await signIn({ username: "ann", password: PASSWORD, ...by("USER_SRP_AUTH") }), DONE);
    const first = await claims(world, "ann");
    assert.equal(first.id.sub, signedUp.userId);
    assert.deepEqual(await getCurrentUser(), {
      username: "ann",
      userId: signedUp.userId,
      signInDetails: { loginId: "ann", authFlowType: "USER_SRP_AUTH" },
    });
    const second = await claims(world, "ann", { forceRefresh: true });
    assert.equal(second.id.origin_jti, first.id.origin_jti);
    assert.notEqual(second.id.jti, first.id.jti);

    await updateUserAttributes({ userAttributes: { nickname: "annie" } });
    assert.deepEqual(await fetchUserAttributes(), {
      sub: signedUp.userId,
      email: "ann@example.com",
      email_verified: "true",
      nickname: "annie",
    });
    await refused(
      updatePassword({ oldPassword: "wrong", newPassword: "An0ther-word" }),
      "NotAuthorizedException",
      INCORRECT,
    );
    await updatePassword({ oldPassword: PASSWORD, newPassword: "An0ther-word" });

    const { tokens } = await fetchAuthSession();
    await signOut({ global: true });
    assert.equal((await fetchAuthSession()).tokens, undefined);
    await refused(world.user(tokens.accessToken.toString()), "NotAuthorizedException", "Access Token has been revoked");
    await refused(signIn({ username: "ann", password: PASSWORD }), "NotAuthorizedException", INCORRECT);

    const reset = await resetPassword({ username: "ann" });
    assert.equal(reset.nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
    await confirmResetPassword({ username: "ann", confirmationCode: await world.code("ann"), newPassword: "Th1rd-word" });
    assert.deepEqual(await signIn({ username: "ann", password: "Th1rd-word" }), DONE);
  });

  test("ends the refresh token of an application that signs out", async () => {
    const world = await enter();
    await world.addUser("ann");
    await signIn({ username: "ann", password: PASSWORD, ...by("USER_PASSWORD_AUTH") });
    const { tokens } = await fetchAuthSession();
    await signOut();
    await refused(world.user(tokens.accessToken.toString()), "NotAuthorizedException", "Access Token has been revoked");
  });

  for (const choice of [["USER_PASSWORD_AUTH"], ["USER_AUTH", "PASSWORD"], ["USER_AUTH", "PASSWORD_SRP"]]) {
    test(`signs in by ${choice.join(" and ")}`, async () => {
      const world = await enter({ pool: PASSWORDLESS });
      await world.addUser("ben");
      const wrong = signIn({ username: "ben", password: "wrong", ...by(...choice) });
      await refused(wrong, "NotAuthorizedException", INCORRECT);
      assert.deepEqual(await signIn({ username: "ben", password: PASSWORD, ...by(...choice) }), DONE);
      await claims(world, "ben");
      assert.equal((await getCurrentUser()).signInDetails.authFlowType, choice[0]);
    });
  }

  test("signs in by a code sent to the email address", async () => {
    const world = await enter({ pool: PASSWORDLESS });
    await world.addUser("ben");
    const { nextStep } = await signIn({ username: "ben", ...by("USER_AUTH", "EMAIL_OTP") });
    assert.deepEqual(nextStep, {
      signInStep: "CONFIRM_SIGN_IN_WITH_EMAIL_CODE",
      codeDeliveryDetails: { deliveryMedium: "EMAIL", destination: "b***@e***" },
    });
    const mismatch = "Invalid code or auth state for the user.";
    await refused(confirmSignIn({ challengeResponse: "00000000" }), "CodeMismatchException", mismatch);
    const code = await world.code("ben");
    assert.match(code, /^\d{8}$/);
    assert.deepEqual(await confirmSignIn({ challengeResponse: code }), DONE);
    await claims(world, "ben");
  });

  test("lets the user choose how to sign in", async () => {
    const world = await enter({ pool: PASSWORDLESS });
    await world.addUser("ben");
    const begin = async () => {
      const { nextStep } = await signIn({ username: "ben", ...by("USER_AUTH") });
      assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
      assert.deepEqual([...nextStep.availableChallenges].sort(), ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]);
    };
    for (const choice of ["PASSWORD", "PASSWORD_SRP"]) {
      await begin();
      const chosen = await confirmSignIn({ challengeResponse: choice });
      assert.equal(chosen.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_PASSWORD");
      assert.deepEqual(await confirmSignIn({ challengeResponse: PASSWORD }), DONE);
      await claims(world, "ben");
      await signOut();
    }
    await begin();
    const sent = await confirmSignIn({ challengeResponse: "EMAIL_OTP" });
    assert.equal(sent.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
    assert.deepEqual(await confirmSignIn({ challengeResponse: await world.code("ben") }), DONE);
  });

  // Once only: the library ignores a second such sign-in within 300 ms.
  test("signs in by itself once a sign-up without a password is confirmed", async () => {
    const world = await enter({ pool: PASSWORDLESS });
    const userAttributes = { email: "dan@example.com" };
    await signUp({ username: "dan", options: { userAttributes, autoSignIn: { authFlowType: "USER_AUTH" } } });
    const confirmed = await confirmSignUp({ username: "dan", confirmationCode: await world.code("dan") });
    assert.deepEqual(confirmed.nextStep, { signUpStep: "COMPLETE_AUTO_SIGN_IN" });
    assert.deepEqual(await autoSignIn(), DONE);
    await claims(world, "dan");
  });

  test("chooses a new password for a temporary one", async () => {
    const name = { Name: "name", Required: true, AttributeDataType: "String", Mutable: true };
    const world = await enter({ pool: { Schema: [name] } });
    await world.addUser("cleo", { password: "Temp0rary!", isTemporary: true });
    const { nextStep } = await signIn({ username: "cleo", password: "Temp0rary!" });
    assert.deepEqual(nextStep, {
      signInStep: "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED",
      missingAttributes: ["name"],
    });
    const options = { userAttributes: { name: "Cleo" } };
    assert.deepEqual(await confirmSignIn({ challengeResponse: "N3w-password", options }), DONE);
    assert.equal((await claims(world, "cleo")).id.name, "Cleo");
  });

  test("sets up an authenticator app, and signs in with it", async () => {
    const mfa = { MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true } };
    const world = await enter({ mfa });
    await world.addUser("dora");
    await signIn({ username: "dora", password: PASSWORD });
    const { sharedSecret } = await setUpTOTP();
    const mismatch = "Code mismatch and fail enable Software Token MFA";
    await refused(verifyTOTPSetup({ code: "000000" }), "EnableSoftwareTokenMFAException", mismatch);
    await verifyTOTPSetup({ code: await world.totp(sharedSecret) });
    await updateMFAPreference({ totp: "PREFERRED" });
    assert.deepEqual(await fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
    await signOut();

    const asked = await signIn({ username: "dora", password: PASSWORD });
    assert.equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
    const wrong = confirmSignIn({ challengeResponse: "000000" });
    await refused(wrong, "CodeMismatchException", "Invalid code received for user");
    await world.advanceClock(30);
    assert.deepEqual(await confirmSignIn({ challengeResponse: await world.totp(sharedSecret) }), DONE);
    await claims(world, "dora");
  });

  test("sets up an authenticator app where there has to be one", async () => {
    const mfa = { MfaConfiguration: "ON", SoftwareTokenMfaConfiguration: { Enabled: true } };
    const world = await enter({ mfa });
    await world.addUser("eve");
    const { nextStep } = await signIn({ username: "eve", password: PASSWORD });
    assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
    const code = await world.totp(nextStep.totpSetupDetails.sharedSecret);
    assert.deepEqual(await confirmSignIn({ challengeResponse: code }), DONE);
    await claims(world, "eve");
  });

  test("remembers a device, which then stands for the second factor", async () => {
    const world = await enter({
      pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } },
      mfa: { MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: true } },
    });
    await world.addUser("finn");
    await signIn({ username: "finn", password: PASSWORD });
    const { access } = await claims(world, "finn");
    assert.deepEqual(
      (await fetchDevices()).map(({ id, name }) => [id, name]),
      [[access.device_key, globalThis.navigator.userAgent]],
    );
    const { sharedSecret } = await setUpTOTP();
    await verifyTOTPSetup({ code: await world.totp(sharedSecret) });
    await updateMFAPreference({ totp: "PREFERRED" });
    await claims(world, "finn", { forceRefresh: true });
    await rememberDevice();
    await signOut();

    for (const flow of ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"]) {
      assert.deepEqual(await signIn({ username: "finn", password: PASSWORD, ...by(flow) }), DONE);
      const again = await claims(world, "finn", { forceRefresh: true });
      assert.equal(again.access.device_key, access.device_key);
      await signOut();
    }
    await signIn({ username: "finn", password: PASSWORD });
    await forgetDevice();
    assert.deepEqual(await fetchDevices(), []);
    await signOut();
    const asked = await signIn({ username: "finn", password: PASSWORD });
    assert.equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  });

  // The library names the user pool by the issuer of its tokens.
  for (const issuer of ["aws", "public", "host"]) {
    test(`trades its tokens for credentials at an identity pool: --issuer ${issuer}`, async () => {
      const server = await start("--issuer", issuer);
      configure(server, demo.userPoolId, demo.clientId, {
        identityPoolId: demo.identityPoolId,
        identityPoolEndpoint: server.url,
        allowGuestAccess: true,
      });
      const guest = await fetchAuthSession();
      assert.match(guest.credentials.accessKeyId, /^ASIA[A-Z0-9]{16}$/);
      assert.equal(guest.tokens, undefined);
      const how = by("USER_PASSWORD_AUTH");
      assert.deepEqual(await signIn({ username: demo.username, password: demo.password, ...how }), DONE);
      const session = await fetchAuthSession();
      assert.match(session.identityId, /^us-west-2:[0-9a-f-]{36}$/);
      assert.match(session.credentials.accessKeyId, /^ASIA[A-Z0-9]{16}$/);
      assert.notEqual(session.credentials.accessKeyId, guest.credentials.accessKeyId);
      const sts = new STSClient({ region: demo.region, endpoint: server.url, credentials: session.credentials });
      const caller = await sts.send(new GetCallerIdentityCommand({}));
      sts.destroy();
      const arn = "arn:aws:sts::000000000000:assumed-role/test-authenticated/CognitoIdentityCredentials";
      assert.equal(caller.Arn, arn);
    });
  }
});
