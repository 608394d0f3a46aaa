// Vitest: one server for the file, as its seed says at the beginning of each test.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { CognitoIdentityProviderClient, InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let server: ChildProcess, endpoint: string;

beforeAll(async () => {
  const flags = ["--port", "0", "--seed", "fixtures/demo.yaml", "--log", "warn"];
  server = spawn("cognitwin", flags, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout!, "data"); // cognitwin listening on http://127.0.0.1:PORT
  endpoint = String(line).trim().split(" ").at(-1)!;
});
beforeEach(() => fetch(`${endpoint}/_cognitwin/reset`, { method: "POST" }));
afterAll(() => server.kill());

test("alice signs in", async () => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const idp = new CognitoIdentityProviderClient({ endpoint, region: "us-west-2", credentials });
  const AuthParameters = { USERNAME: "alice", PASSWORD: "Passw0rd!" };
  const ClientId = "1example23456789localclient";
  const answer = await idp.send(new InitiateAuthCommand({ AuthFlow: "USER_PASSWORD_AUTH", ClientId, AuthParameters }));
  expect(answer.AuthenticationResult!.ExpiresIn).toBe(3600);
});
