"""The article's program, as its reader runs it, prints the article's output."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import demo
from server import environment

PROGRAM = Path(__file__).with_name("article.py")

CLIENT_HEADING = f"Client {demo.CLIENT_ID}"
PROVIDERS_HEADING = f"Identity providers of {demo.POOL_ID}"


def run_article(server, s3, *arguments) -> subprocess.CompletedProcess:
    endpoints = {
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": server.url,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY": server.url,
        "AWS_ENDPOINT_URL_S3": s3.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, str(PROGRAM), *arguments]
    return subprocess.run(command, env=environment(endpoints), capture_output=True, text=True, timeout=60)


def test_the_articles_program_prints_its_output_with_the_bucket_name(server, s3):
    ran = run_article(server, s3)
    assert (ran.returncode, ran.stderr) == (0, "")

    before, rest = ran.stdout.split(f"{CLIENT_HEADING}\n")
    described, after = rest.split(f"{PROVIDERS_HEADING}\n")
    assert before.splitlines() == [
        "User pools",
        f"  {demo.POOL_ID} {demo.POOL_NAME}",
        f"Clients of {demo.POOL_ID}",
        f"  {demo.CLIENT_ID} {demo.CLIENT_NAME}",
    ]

    client = json.loads(described)
    created, modified = (datetime.fromisoformat(client.pop(name)) for name in ("CreationDate", "LastModifiedDate"))
    assert created == modified
    for name in ("ReadAttributes", "WriteAttributes", "AllowedOAuthScopes", "ExplicitAuthFlows"):
        client[name] = sorted(client[name])
    client.pop("ClientType", None)
    assert client == demo.CLIENT

    lines = after.splitlines()
    identity_id, credentials = lines[6].strip(), lines[8].strip()
    assert re.fullmatch(r"us-west-2:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity_id)
    issued = re.fullmatch(r"(ASIA[A-Z0-9]{16}) until (\S+)", credentials)
    lifetime = datetime.fromisoformat(issued[2]) - datetime.now(UTC)
    assert timedelta(minutes=59) < lifetime <= timedelta(minutes=60)
    id_token = re.fullmatch(r"  Bearer, 3600 s, ID token of [0-9]+ characters", lines[4])
    assert id_token, lines[4]
    assert lines == [
        "  none",
        "Identity provider COGNITO",
        f"  ResourceNotFoundException: Identity provider COGNITO for tenantId {demo.POOL_ID} does not exist.",
        "Sign-in of alice",
        id_token[0],
        f"Identity in {demo.IDENTITY_POOL_ID}",
        f"  {identity_id}",
        "Credentials",
        f"  {credentials}",
        "Buckets",
        f"  {s3.bucket}",
    ]


def test_a_wrong_password_ends_the_articles_program_with_awss_words(server, s3):
    ran = run_article(server, s3, "--password", "wrong")
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "botocore.errorfactory.NotAuthorizedException: An error occurred (NotAuthorizedException) when calling the "
        "InitiateAuth operation: Incorrect username or password."
    )
