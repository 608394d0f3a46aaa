"""The handlers that AWS documents, as `fixtures/functions` has them in Python and Node, through each way to run them."""

import json
import os
import shlex
import stat
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import jwt
import pytest

import demo
from conftest import aws_client
from expect import attributes, refused
from invokers import FUNCTIONS, REGION, assert_signed, attached, runtime_address
from server import environment

PASSWORD = "Passw0rd!"
KEY_ARN = f"arn:aws:kms:{REGION}:000000000000:key/11111111-2222-4333-8444-555555555555"
ARN = f"arn:aws:lambda:{REGION}:000000000000:function:custom"
INVOKERS = ("runtime", "exec", "http", "lambda")
EVERY_WAY = [(invoker, language) for invoker in INVOKERS for language in ("python", "node")]


@pytest.fixture(params=EVERY_WAY, ids=lambda it: "-".join(it))
def running(request, start_server, posts, processes, tmp_path):
    """Starts a server whose function `custom` is one of the handlers."""
    invoker, language = request.param
    script = tmp_path / "run"

    def answer(call):
        if invoker == "lambda":
            assert_signed(call)
        ran = subprocess.run([script], input=call.payload, capture_output=True)
        # Of a custom sender nobody reads an answer.
        waits = b'"triggerSource":"CustomEmailSender' not in call.payload
        if invoker == "lambda":
            assert call.headers["X-Amz-Invocation-Type"] == ("RequestResponse" if waits else "Event")
        if invoker == "lambda" and not waits:
            return 202, {}, b""
        if invoker == "lambda":
            return 200, {"X-Amz-Function-Error": "Unhandled"} if ran.returncode else {}, ran.stdout
        return 500 if ran.returncode else 200, {}, ran.stdout

    def start(module):
        if invoker == "exec":
            server = start_server("--lambda", f"custom=exec:{script}")
        elif invoker == "http":
            server = start_server("--lambda", f"custom={posts(answer).url}")
        elif invoker == "lambda":
            server = start_server("--lambda-endpoint", posts(answer).url)
        else:
            server = start_server()
        settings = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_KMS": server.url,
            "KEY_ARN": KEY_ARN,
            "SENT": str(tmp_path / "sent"),
            "NODE_PATH": str(demo.REPOSITORY / "client-tests" / "js" / "node_modules"),
        }
        if invoker == "runtime":
            settings["AWS_LAMBDA_RUNTIME_API"] = runtime_address(server)
        if invoker == "runtime" and language == "python":
            command = [sys.executable, "-m", "awslambdaric", f"{module}.handler"]
        else:
            program, suffix = {"python": (sys.executable, "py"), "node": ("node", "js")}[language]
            command = [program, FUNCTIONS / f"run.{suffix}", FUNCTIONS / f"{module}.handler"]
        lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
        lines += [f"cd {FUNCTIONS}", "exec " + shlex.join(map(str, command))]
        script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        if invoker == "runtime":
            processes([script], env=environment({}))
            attached(server)
        return server

    return start


def a_world(server, lambdas, **options):
    idp = aws_client(server, "cognito-idp", region=REGION)
    pool = idp.create_user_pool(
        PoolName="p", LambdaConfig=lambdas, AutoVerifiedAttributes=["email"], **options
    )["UserPool"]["Id"]
    client = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="c",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]

    def sign_in(username, password=PASSWORD):
        parameters = {"USERNAME": username, "PASSWORD": password}
        return idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)

    def messages():
        with urllib.request.urlopen(f"{server.url}/_cognitwin/messages?userPoolId={pool}") as answer:
            return json.load(answer)

    return SimpleNamespace(idp=idp, pool=pool, client=client, sign_in=sign_in, messages=messages)


def sign_up(world):
    email = [{"Name": "email", "Value": "alice@example.com"}]
    world.idp.sign_up(ClientId=world.client, Username="alice", Password=PASSWORD, UserAttributes=email)


def test_messages_in_words_of_one_s_own(running):
    world = a_world(running("custom_message"), {"CustomMessage": ARN})
    sign_up(world)
    world.idp.admin_create_user(
        UserPoolId=world.pool,
        Username="bob",
        TemporaryPassword=PASSWORD,
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
    )
    first, second = world.messages()
    assert (first["subject"], first["body"]) == ("Welcome", f"Your code is {first['code']}.")
    assert (second["subject"], second["body"]) == ("You are invited", f"Sign in as bob with {PASSWORD}.")
    world.idp.confirm_sign_up(ClientId=world.client, Username="alice", ConfirmationCode=first["code"])
    assert "AuthenticationResult" in world.sign_in("alice")


def test_claims_and_scopes_of_one_s_own(running):
    versioned = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN}}
    world = a_world(running("token_claims"), versioned, UserPoolTier="ESSENTIALS")
    named = {"UserPoolId": world.pool, "Username": "alice"}
    email = [{"Name": "email", "Value": "alice@example.com"}]
    world.idp.admin_create_user(**named, MessageAction="SUPPRESS", UserAttributes=email)
    world.idp.admin_set_user_password(**named, Password=PASSWORD, Permanent=True)
    world.idp.create_group(UserPoolId=world.pool, GroupName="admins")
    world.idp.admin_add_user_to_group(**named, GroupName="admins")
    tokens = world.sign_in("alice")["AuthenticationResult"]
    id_token, access_token = (
        jwt.decode(tokens[name], options={"verify_signature": False}) for name in ("IdToken", "AccessToken")
    )
    assert id_token["plan"] == {"name": "gold", "seats": 3} and id_token["family_name"] == "Doe"
    assert "email" not in id_token and id_token["cognito:groups"] == ["admins", "members"]
    assert access_token["tenant"] == "none" and access_token["cognito:groups"] == ["admins", "members"]
    assert access_token["scope"].split() == ["orders/read", "orders/write"]


def test_users_of_an_older_directory(running):
    world = a_world(running("migrate_user"), {"UserMigration": ARN})
    with refused("UserLambdaValidationException", "UserMigration failed with error Bad password or username."):
        world.sign_in("olga", "wr0ngPassword!")
    assert world.idp.list_users(UserPoolId=world.pool)["Users"] == []
    assert "AuthenticationResult" in world.sign_in("olga", "0ldPassw0rd!")
    found = world.idp.admin_get_user(UserPoolId=world.pool, Username="olga")
    assert found["UserStatus"] == "CONFIRMED" and attributes(found["UserAttributes"])["email"] == "olga@example.com"
    # From now on it is a user like others.
    with refused("NotAuthorizedException", "Incorrect username or password."):
        world.sign_in("olga", "wr0ngPassword!")


def test_emails_that_a_function_sends(running, tmp_path):
    sender = {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN}, "KMSKeyID": KEY_ARN}
    world = a_world(running("email_sender"), sender)
    sign_up(world)
    world.idp.admin_create_user(
        UserPoolId=world.pool,
        Username="bob",
        TemporaryPassword="<Passw0rd>&",
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
    )
    sent = {it["about"]: it for it in lines_of(tmp_path / "sent", 2)}
    assert sent["CustomEmailSender_AdminCreateUser"] == {
        "to": "bob@example.com",
        "about": "CustomEmailSender_AdminCreateUser",
        "code": "<Passw0rd>&",
    }
    told = sent["CustomEmailSender_SignUp"]
    assert told["to"] == "alice@example.com" and len(told["code"]) == 6
    world.idp.confirm_sign_up(ClientId=world.client, Username="alice", ConfirmationCode=told["code"])


def lines_of(file, number):
    """The lines of a file, once there are so many."""
    deadline = time.monotonic() + 30
    while True:
        found = file.read_text().splitlines() if os.path.exists(file) else []
        if len(found) >= number:
            return [json.loads(line) for line in found]
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
