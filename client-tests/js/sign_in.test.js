import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CognitoIdentityClient, GetIdCommand, GetOpenIdTokenCommand } from "@aws-sdk/client-cognito-identity";
import {
  CodeMismatchException,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUserPoolsCommand,
  NotAuthorizedException,
  RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromCognitoIdentityPool, fromWebToken } from "@aws-sdk/credential-providers";

import { demo, startServer } from "./server.js";
import { World } from "./world.js";

let server;
let idp;

before(async () => {
  server = await startServer();
  idp = new CognitoIdentityProviderClient(client({ credentials: { accessKeyId: "test", secretAccessKey: "test" } }));
});

after(async () => {
  idp.destroy();
  await server.stop();
});

function client(more = {}) {
  return { region: demo.region, endpoint: server.url, maxAttempts: 1, ...more };
}

async function signIn(password = demo.password) {
  const answer = await idp.send(
    new InitiateAuthCommand({
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: demo.clientId,
      AuthParameters: { USERNAME: demo.username, PASSWORD: password },
    }),
  );
  return answer.AuthenticationResult;
}

async function callerWith(credentials) {
  const sts = new STSClient(client({ credentials }));
  try {
    return await sts.send(new GetCallerIdentityCommand({}));
  } finally {
    sts.destroy();
  }
}

describe("the AWS SDK for JavaScript", () => {
  test("lists the pools and describes the client", async () => {
    const { UserPools } = await idp.send(new ListUserPoolsCommand({ MaxResults: 60 }));
    assert.deepEqual(
      UserPools.map(({ Id, Name }) => ({ Id, Name })),
      [{ Id: demo.userPoolId, Name: "test" }],
    );
    assert(UserPools[0].CreationDate instanceof Date);
    const { UserPoolClient } = await idp.send(
      new DescribeUserPoolClientCommand({ UserPoolId: demo.userPoolId, ClientId: demo.clientId }),
    );
    assert.equal(UserPoolClient.ClientName, "test-app");
    assert.deepEqual(UserPoolClient.TokenValidityUnits, { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "days" });
  });

  test("signs in with a password and without credentials", async () => {
    const unsigned = new CognitoIdentityProviderClient(client());
    const tokens = await signIn();
    const user = await unsigned.send(new GetUserCommand({ AccessToken: tokens.AccessToken }));
    unsigned.destroy();
    assert.equal(user.Username, demo.username);
    assert.equal(user.UserAttributes.find(({ Name }) => Name === "email").Value, demo.email);
  });

  test("throws the modelled error for a wrong password", async () => {
    await assert.rejects(signIn("wrong"), (refusal) => {
      assert(refusal instanceof NotAuthorizedException);
      assert.equal(refusal.message, "Incorrect username or password.");
      assert.match(refusal.$metadata.requestId, /^[0-9a-f-]{36}$/);
      return true;
    });
  });

  test("answers a challenge with its session", async () => {
    const first = { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } };
    const world = await World.make(server, { pool: first });
    await world.addUser("ann");
    const { $metadata: _, ...asked } = await world.idp.send(
      new InitiateAuthCommand({
        AuthFlow: "USER_AUTH",
        ClientId: world.clientId,
        AuthParameters: { USERNAME: "ann", PREFERRED_CHALLENGE: "EMAIL_OTP" },
      }),
    );
    assert.deepEqual([asked.ChallengeName, asked.AuthenticationResult], ["EMAIL_OTP", undefined]);
    assert.deepEqual([...asked.AvailableChallenges].sort(), ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]);
    assert.equal(asked.ChallengeParameters.CODE_DELIVERY_DESTINATION, "a***@e***");
    const answer = (code) =>
      world.idp.send(
        new RespondToAuthChallengeCommand({
          ChallengeName: "EMAIL_OTP",
          ClientId: world.clientId,
          Session: asked.Session,
          ChallengeResponses: { USERNAME: "ann", EMAIL_OTP_CODE: code },
        }),
      );
    await assert.rejects(answer("00000000"), (refusal) => {
      assert(refusal instanceof CodeMismatchException);
      assert.equal(refusal.message, "Invalid code or auth state for the user.");
      return true;
    });
    const { AuthenticationResult: tokens } = await answer(await world.code("ann"));
    const { id } = await world.claims(tokens.IdToken, tokens.AccessToken, "ann");
    assert.equal(id.email, "ann@example.com");
    await assert.rejects(answer(await world.code("ann")), {
      name: "NotAuthorizedException",
      message: "Invalid session for the user, session can only be used once.",
    });
    world.close();
  });

  test("turns the ID token into credentials of the authenticated role", async () => {
    const { IdToken } = await signIn();
    const logins = { [demo.provider]: IdToken };
    const provide = fromCognitoIdentityPool({
      identityPoolId: demo.identityPoolId,
      logins,
      clientConfig: client(),
    });
    const credentials = await provide();
    assert.match(credentials.accessKeyId, /^ASIA[A-Z0-9]{16}$/);
    assert(credentials.expiration > new Date());

    const identity = new CognitoIdentityClient(client());
    const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId: demo.identityPoolId, Logins: logins }));
    identity.destroy();
    assert.equal(credentials.identityId, IdentityId);

    const caller = await callerWith(credentials);
    assert.equal(caller.Arn, "arn:aws:sts::000000000000:assumed-role/test-authenticated/CognitoIdentityCredentials");
    assert.equal(caller.Account, "000000000000");
  });

  test("gives guests credentials of the unauthenticated role", async () => {
    const provide = fromCognitoIdentityPool({ identityPoolId: demo.identityPoolId, clientConfig: client() });
    const caller = await callerWith(await provide());
    assert.equal(caller.Arn, "arn:aws:sts::000000000000:assumed-role/test-unauthenticated/CognitoIdentityCredentials");
  });

  test("takes a role of its choice in the classic flow", async () => {
    const identity = new CognitoIdentityClient(client());
    const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId: demo.identityPoolId }));
    const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId }));
    identity.destroy();
    const provide = fromWebToken({
      webIdentityToken: Token,
      roleArn: "arn:aws:iam::000000000000:role/chosen",
      roleSessionName: "web-identity",
      clientConfig: client(),
    });
    const caller = await callerWith(await provide());
    assert.equal(caller.Arn, "arn:aws:sts::000000000000:assumed-role/chosen/web-identity");
  });
});
