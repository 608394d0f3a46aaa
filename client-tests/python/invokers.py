"""Every way to run a pool's functions, and the sign-in by a code that the handlers of `fixtures/functions` play."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import demo
from conftest import aws_client
from expect import refused
from server import environment

REGION = "eu-west-1"
FUNCTIONS = demo.REPOSITORY / "fixtures" / "functions"
TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


def runner(language):
    """A command that runs the handlers of `fixtures/functions` once."""
    program, suffix = {"python": (sys.executable, "py"), "node": ("node", "js")}[language]
    return f"{program} {FUNCTIONS}/run.{suffix} {FUNCTIONS}/custom_challenge.handler"


def handle(language, sent, payload):
    """What a handler answers, as Lambda's API says it: the payload, and whether it is an error."""
    ran = subprocess.run(
        ["sh", "-c", runner(language)], input=payload, capture_output=True, env=environment({"SENT": str(sent)})
    )
    return ran.stdout, ran.returncode != 0


def as_lambda(language, sent):
    """Lambda's Invoke."""

    def answer(request):
        assert_signed(request)
        body, failed = handle(language, sent, request.payload)
        return 200, {"X-Amz-Function-Error": "Unhandled"} if failed else {}, body

    return answer


def as_webhook(language, sent):
    def answer(request):
        body, failed = handle(language, sent, request.payload)
        return 500 if failed else 200, {}, body

    return answer


def assert_signed(request, key="test", secret="test", token=None, region=REGION):
    """The signature is the one that botocore makes of the request."""
    algorithm, _, fields = request.headers["Authorization"].partition(" ")
    assert algorithm == "AWS4-HMAC-SHA256"
    fields = dict(field.strip().split("=", 1) for field in fields.split(","))
    time_sent = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs(time_sent.timestamp() - time.time()) < 60
    assert fields["Credential"] == f"{key}/{time_sent:%Y%m%d}/{region}/lambda/aws4_request"
    signed = fields["SignedHeaders"].split(";")
    assert {"host", "x-amz-date", "x-amz-invocation-type"} <= set(signed)
    assert ("x-amz-security-token" in signed) == bool(token)
    assert request.headers.get("X-Amz-Security-Token") == token
    again = AWSRequest(
        method="POST",
        url=f"http://{request.headers['Host']}{request.path}",
        data=request.payload,
        headers={name: request.headers[name] for name in signed},
    )
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(key, secret, token), "lambda", region)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    assert signer.signature(text, again) == fields["Signature"]


def a_client(server, *, function="custom", triggers=TRIGGERS, **more):
    """The client of a pool with these functions and the user alice, and its id."""
    idp = aws_client(server, "cognito-idp", region=REGION)
    name = function if ":" in function else f"arn:aws:lambda:{REGION}:000000000000:function:{function}"
    pool = idp.create_user_pool(PoolName="p", LambdaConfig=dict.fromkeys(triggers, name), **more)["UserPool"]["Id"]
    made = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )
    idp.admin_create_user(
        UserPoolId=pool,
        Username="alice",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Passw0rd!", Permanent=True)
    return idp, pool, made["UserPoolClient"]["ClientId"]


def begin(idp, client):
    return idp.initiate_auth(ClientId=client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"})


def respond(idp, client, challenge, answer):
    return idp.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "ANSWER": answer},
    )


def signs_in_by_code(server, sent, **options):
    """Plays the custom challenge of the fixtures: a wrong code, then the right one; and three wrong ones."""
    idp, _, client = a_client(server, **options)
    first = begin(idp, client)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {"USERNAME": "alice", "email": "alice@example.com"}
    again = respond(idp, client, first, "wrong")
    [line] = sent.read_text().splitlines()
    told = json.loads(line)
    code = told.pop("code")
    assert told == {"to": "alice@example.com", "about": "CreateAuthChallenge_Authentication"} and len(code) == 6
    tokens = respond(idp, client, again, code)["AuthenticationResult"]
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    challenge = begin(idp, client)
    for _ in range(2):
        challenge = respond(idp, client, challenge, "wrong")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        respond(idp, client, challenge, "wrong")


def runtime_address(server, name="custom"):
    return f"127.0.0.1:{server.port}/_cognitwin/lambda/{name}"


def stock_client(processes, server, handler="custom_challenge.handler", folder=FUNCTIONS, **env):
    """AWS's own runtime client for Python."""
    settings = environment({"AWS_LAMBDA_RUNTIME_API": runtime_address(server), "AWS_REGION": REGION} | env)
    return processes([sys.executable, "-m", "awslambdaric", handler], cwd=folder, env=settings)


def attached(server, name="custom"):
    """Waits until a process asks for events: it is not refused that nobody runs the function."""
    idp, _, client = a_client(server, function=name, triggers=("DefineAuthChallenge",))
    deadline = time.monotonic() + 15
    while True:
        try:
            return begin(idp, client)
        except idp.exceptions.UnexpectedLambdaException as refusal:
            assert "failed due to configuration" in str(refusal) and time.monotonic() < deadline, refusal
            time.sleep(0.05)
        except idp.exceptions.ClientError:
            return None
