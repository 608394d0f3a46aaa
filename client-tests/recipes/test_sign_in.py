"""pytest: one server for the whole run, as its seed says at the beginning of each test."""

import subprocess
import urllib.request

import boto3
import pytest


@pytest.fixture(scope="session")
def cognitwin():
    command = ["cognitwin", "--port", "0", "--seed", "fixtures/demo.yaml", "--log", "warn"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().split()[-1]  # cognitwin listening on http://127.0.0.1:PORT
        server.terminate()


@pytest.fixture
def idp(cognitwin):
    urllib.request.urlopen(f"{cognitwin}/_cognitwin/reset", data=b"").close()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("cognito-idp", endpoint_url=cognitwin, region_name="us-west-2", **keys)


def test_alice_signs_in(idp):
    parameters = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    client = "1example23456789localclient"
    answer = idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=parameters)
    assert answer["AuthenticationResult"]["ExpiresIn"] == 3600
