// The handler of a custom sender, as AWS documents it for Node: a KMS keyring of the AWS Encryption SDK decrypts the
// code, and asks the KMS calls of the server for it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";

import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { SignUpCommand } from "@aws-sdk/client-cognito-identity-provider";
import { KMS } from "@aws-sdk/client-kms";

import { demo, startServer } from "./server.js";
import { PASSWORD, World } from "./world.js";

const keyArn = `arn:aws:kms:${demo.region}:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);

let functions;
let server;
const sent = new Promise((resolve, reject) => {
  functions = createServer(async (request, response) => {
    try {
      resolve(await handler(await json(request)));
    } catch (error) {
      reject(error);
    }
    response.end("null");
  });
});

async function handler(event) {
  assert.equal(event.triggerSource, "CustomEmailSender_SignUp");
  const clientProvider = (region) =>
    new KMS({ region, endpoint: server.url, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const keyring = new KmsKeyringNode({ generatorKeyId: "alias/any", keyIds: [keyArn], clientProvider });
  const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(event.request.code, "base64"));
  assert.equal(messageHeader.encryptionContext["userpool-id"], event.userPoolId);
  return plaintext.toString();
}

before(async () => {
  functions.listen(0, "127.0.0.1");
  await once(functions, "listening");
  server = await startServer("--lambda", `sender=http://127.0.0.1:${functions.address().port}`);
});

after(async () => {
  functions.close();
  await server.stop();
});

describe("the AWS Encryption SDK for JavaScript", () => {
  test("reads the code that a custom sender is handed", async () => {
    const CustomEmailSender = { LambdaVersion: "V1_0", LambdaArn: "arn:aws:lambda:us-west-2:000000000000:function:sender" };
    const world = await World.make(server, { pool: { LambdaConfig: { CustomEmailSender, KMSKeyID: keyArn } } });
    await world.idp.send(
      new SignUpCommand({
        ClientId: world.clientId,
        Username: "alice",
        Password: PASSWORD,
        UserAttributes: [{ Name: "email", Value: "alice@example.com" }],
      }),
    );
    assert.equal(await sent, await world.code("alice"));
  });
});
