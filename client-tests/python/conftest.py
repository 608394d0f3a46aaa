"""Fixtures: the server, AWS clients of a fresh account each, a real S3 API."""

import json
import os
import random
import resource
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from moto.server import ThreadedMotoServer

import demo
from domain import App
from functions import Functions
from posts import Posts
from server import Server, environment
from sign_ins import SignIns

# The tests of hostile clients hold more than a thousand sockets here and in the server, which inherits the limit.
_, HARD_LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (HARD_LIMIT if HARD_LIMIT < 8192 and HARD_LIMIT > 0 else 8192, HARD_LIMIT))

# Settings of whoever runs the tests must not reach a client under test.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

SESSION = boto3.session.Session()


@pytest.fixture(scope="session")
def server():
    """The server with the demo seed, shared by tests that keep to an account of their own or only read."""
    running = Server("--seed", demo.SEED)
    yield running
    running.stop_cleanly()


@pytest.fixture
def start_server():
    """Starts servers with other flags; ends each of them cleanly after the test."""
    started = []

    def start(*args, **options):
        started.append(Server(*args, **options))
        return started[-1]

    yield start
    for running in started:
        running.stop_cleanly()


@pytest.fixture
def functions():
    """What runs the functions of a test: a server is to be started with its flags."""
    running = Functions()
    yield running
    running.stop()


@pytest.fixture
def posts():
    """Starts HTTP servers."""
    started = []

    def start(answer, **options):
        started.append(Posts(answer, **options))
        return started[-1]

    yield start
    for running in started:
        running.server.shutdown()


@pytest.fixture
def processes():
    """Starts processes, and ends them."""
    started = []

    def start(command, **options):
        started.append(subprocess.Popen(command, **options))
        return started[-1]

    yield start
    for running in started:
        running.kill()
        running.wait()


@pytest.fixture
def account() -> str:
    """An account that no other test uses, so that what a test lists is what it made."""
    return str(random.randrange(10**11, 10**12))


def aws_client(server, service, *, region=demo.REGION, account="test", credentials=None, unsigned=False):
    """A boto3 client; a 12-digit access key id is the account of its calls."""
    keys = credentials or {"AccessKeyId": account, "SecretKey": "test", "SessionToken": None}
    return SESSION.client(
        service,
        region_name=region,
        endpoint_url=server.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretKey"],
        aws_session_token=keys["SessionToken"],
        # What the constraints are is for the server to say, and a retry would hide a refusal.
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            signature_version=UNSIGNED if unsigned else None,
        ),
    )


@pytest.fixture
def connect(server, account):
    """Makes clients of this test's account: `connect("cognito-idp", region=…, account=…, unsigned=…)`."""

    def make(service, **options):
        return aws_client(server, service, **({"account": account} | options))

    return make


@pytest.fixture
def idp(connect):
    return connect("cognito-idp")


@pytest.fixture
def identity(connect):
    return connect("cognito-identity")


@pytest.fixture
def demo_idp(server):
    """User pools of the demo seed's account."""
    return aws_client(server, "cognito-idp")


@pytest.fixture
def demo_identity(server):
    return aws_client(server, "cognito-identity")


@pytest.fixture
def demo_tokens(demo_idp) -> dict:
    """The result of alice's sign-in."""
    return demo_idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=demo.CLIENT_ID,
        AuthParameters={"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD},
    )["AuthenticationResult"]


@pytest.fixture
def pool(idp):
    """A pool of this test's account with a client for password sign-in and a confirmed user `bob`."""
    pool_id = idp.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]

    def add_user(username="bob", password="Passw0rd!", **attributes):
        user = idp.admin_create_user(
            UserPoolId=pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )["User"]
        idp.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=password, Permanent=True)
        return user

    def sign_in(username="bob", password="Passw0rd!", client=client_id, **parameters):
        return idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client,
            AuthParameters={"USERNAME": username, "PASSWORD": password, **parameters},
        )["AuthenticationResult"]

    add_user(email="bob@example.com", email_verified="true")
    return SimpleNamespace(id=pool_id, client_id=client_id, add_user=add_user, sign_in=sign_in)


@pytest.fixture(scope="session")
def clocked_server():
    """A server whose clock the tests move."""
    running = Server()
    yield running
    running.stop_cleanly()


@pytest.fixture
def sign_ins(clocked_server, account):
    """Makes pools to sign in to, of this test's account, where the clock may be moved and stopped."""
    made = []

    def make(**options):
        made.append(SignIns(clocked_server, aws_client(clocked_server, "cognito-idp", account=account), **options))
        return made[-1]

    yield make
    if made:
        made[0].freeze(False)


@pytest.fixture(scope="session")
def s3():
    """An S3 API with one bucket."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    _, port = moto.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    client = SESSION.client(
        "s3", endpoint_url=url, region_name=demo.REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket="article-bucket", CreateBucketConfiguration={"LocationConstraint": demo.REGION})
    yield SimpleNamespace(url=url, bucket="article-bucket")
    moto.stop()


@pytest.fixture
def aws_cli(server):
    """Runs the AWS CLI against the server."""

    def run(*args, url=server.url, keys=("test", "test")):
        settings = {
            "AWS_ACCESS_KEY_ID": keys[0],
            "AWS_SECRET_ACCESS_KEY": keys[1],
            "AWS_DEFAULT_REGION": demo.REGION,
            "AWS_DEFAULT_OUTPUT": "json",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [sys.executable, "-m", "awscli", "--endpoint-url", url, *args]
        return subprocess.run(command, env=environment(settings), capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def move_clock():
    """Moves a server's clock; the test waits for the day that the server has the control for it."""

    def move(server, seconds):
        request = urllib.request.Request(
            f"{server.url}/_cognitwin/clock", method="PUT", data=json.dumps({"advanceSeconds": seconds}).encode()
        )
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as refusal:
            if refusal.code == 404:
                pytest.skip("the control API has no clock yet")
            raise

    return move


@pytest.fixture
def oauth_app(server, idp):
    """Makes apps of the domain, of this test's account: `oauth_app(AllowedOAuthFlows=[…], …)`."""
    return lambda **options: App(idp, server, **options)


@pytest.fixture
def clocked_app(clocked_server, account):
    """As `oauth_app`, where the clock may be moved."""
    idp = aws_client(clocked_server, "cognito-idp", account=account)
    return lambda **options: App(idp, clocked_server, **options)
