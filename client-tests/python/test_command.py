"""The command line: help, flags, environment, exit codes, and one-line errors that name the culprit."""

import json
import re
import signal
import socket
import time

import pytest

import demo
from conftest import aws_client
from server import run
from wire import call

FLAGS = {
    "--host": "COGNITWIN_HOST",
    "--port": "COGNITWIN_PORT",
    "--seed": "COGNITWIN_SEED",
    "--seed-parameter": "COGNITWIN_SEED_PARAMETER",
    "--data": "COGNITWIN_DATA",
    "--region": "COGNITWIN_REGION",
    "--account": "COGNITWIN_ACCOUNT",
    "--public-url": "COGNITWIN_PUBLIC_URL",
    "--issuer": "COGNITWIN_ISSUER",
    "--smtp": "COGNITWIN_SMTP",
    "--lambda": "COGNITWIN_LAMBDA",
    "--plain-codes": "COGNITWIN_PLAIN_CODES",
    "--login-picker": "COGNITWIN_LOGIN_PICKER",
    "--lambda-endpoint": "AWS_ENDPOINT_URL_LAMBDA",
    "--verify-signatures": "COGNITWIN_VERIFY_SIGNATURES",
    "--credentials": "COGNITWIN_CREDENTIALS",
    "--log": "COGNITWIN_LOG",
    "--log-format": "COGNITWIN_LOG_FORMAT",
}

BAD_SEED = """
UserPools:
  - Id: us-west-2_Bad000001
    PoolName: bad
    Clients:
      - ClientId: first
        ClientName: first
      - ClientId: second
        ClientName: second
        AccessTokenValidity: many
"""


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def assert_one_line_error(ran, *culprits):
    assert (ran.returncode, ran.stdout) == (2, ""), ran
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1, ran.stderr
    for culprit in culprits:
        assert str(culprit) in lines[0]


def test_help_shows_every_flag_with_its_environment_variable():
    ran = run("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    for flag, variable in FLAGS.items():
        assert re.search(rf"{flag}\b", ran.stdout), flag
        assert variable in ran.stdout, variable
    for command in ("check", "healthcheck"):
        assert re.search(rf"^\s+{command}\b", ran.stdout, re.MULTILINE), command


def test_check_accepts_the_demo_seed():
    ran = run("check", demo.SEED)
    assert ran.returncode == 0, ran.stderr


def test_check_names_file_path_and_problem_of_a_bad_seed(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD_SEED)
    ran = run("check", demo.SEED, bad)
    assert ran.returncode == 1
    told = ran.stdout + ran.stderr
    assert str(bad) in told and str(demo.SEED) not in ran.stderr
    assert re.search(r"UserPools\W*0\W*Clients\W*1\W*AccessTokenValidity", told), told


@pytest.mark.parametrize(
    ("seed", "path"),
    [
        ("UserPools: [{PoolNam: typo}]", "PoolNam"),
        ("UserPools: {}", "UserPools"),
        ("UserPools: [{Id: nonsense, PoolName: p}]", "Id"),
        ("UserPools: [{PoolName: p, Clients: [{ClientName: c, ExplicitAuthFlows: [MAGIC]}]}]", "ExplicitAuthFlows"),
        ("IdentityPools: [{AllowUnauthenticatedIdentities: true}]", "IdentityPoolName"),
        ("UserPools: [", ""),
        ("NoSuchSection: []", "NoSuchSection"),
    ],
)
def test_check_refuses_what_is_not_a_seed(tmp_path, seed, path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(seed)
    ran = run("check", bad)
    told = ran.stdout + ran.stderr
    # A broken constraint is told in AWS's words, which begin a member's name with a small letter.
    assert ran.returncode == 1 and str(bad) in told and path.lower() in told.lower(), told


def test_check_refuses_a_file_that_is_not_there(tmp_path):
    ran = run("check", tmp_path / "nowhere.yaml")
    assert ran.returncode != 0 and "nowhere.yaml" in ran.stdout + ran.stderr


def test_a_wrong_flag_is_a_one_line_error():
    assert_one_line_error(run("--no-such-flag"), "--no-such-flag")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--port", "none"),
        ("--port", "70000"),
        ("--issuer", "nobody"),
        ("--account", "12"),
        ("--host", "not an address"),
    ],
)
def test_a_wrong_value_is_a_one_line_error(flag, value):
    assert_one_line_error(run(flag, value), flag, value)


def test_a_wrong_environment_variable_is_a_one_line_error():
    assert_one_line_error(run(env={"COGNITWIN_PORT": "none"}), "none")


def test_a_taken_port_is_a_one_line_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_one_line_error(run("--port", port), port)


def test_an_unreadable_seed_is_a_one_line_error(tmp_path):
    missing = tmp_path / "nowhere.yaml"
    assert_one_line_error(run("--port", 0, "--seed", missing), missing)


def test_an_invalid_seed_is_a_one_line_error(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD_SEED)
    assert_one_line_error(run("--port", 0, "--seed", bad), bad, "AccessTokenValidity")


def test_healthcheck_tells_a_running_server_from_none(server, free_port):
    assert run("healthcheck", env={"COGNITWIN_PORT": str(server.port)}).returncode == 0
    # As in the image, where the server binds every address.
    everywhere = {"COGNITWIN_PORT": str(server.port), "COGNITWIN_HOST": "0.0.0.0"}
    assert run("healthcheck", env=everywhere).returncode == 0
    assert run("healthcheck", env={"COGNITWIN_PORT": str(free_port)}).returncode == 1


def test_healthcheck_is_not_fooled_by_another_server():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        assert run("healthcheck", env={"COGNITWIN_PORT": str(port)}, timeout=60).returncode == 1


def test_the_ready_line_has_the_real_port(start_server):
    server = start_server()
    assert server.ready_line == f"cognitwin listening on http://127.0.0.1:{server.port}\n"
    assert server.port != 0


def test_every_flag_may_be_an_environment_variable(start_server, free_port, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text("UserPools: [{PoolName: from the environment}]")
    server = start_server(
        port_args=(),
        env={
            "COGNITWIN_PORT": str(free_port),
            "COGNITWIN_SEED": str(seed),
            "COGNITWIN_REGION": "eu-west-1",
            "COGNITWIN_ACCOUNT": "111122223333",
            "COGNITWIN_LOG": "warn",
            "COGNITWIN_LOG_FORMAT": "json",
        },
    )
    assert server.port == free_port
    idp = aws_client(server, "cognito-idp", region="eu-west-1")
    (row,) = idp.list_user_pools(MaxResults=60)["UserPools"]
    assert row["Name"] == "from the environment" and re.fullmatch(r"eu-west-1_[0-9A-Za-z]{9}", row["Id"])
    arn = idp.describe_user_pool(UserPoolId=row["Id"])["UserPool"]["Arn"]
    assert arn == f"arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{row['Id']}"


def test_a_flag_wins_over_its_environment_variable(start_server):
    server = start_server("--account", "444455556666", "--seed", demo.SEED, env={"COGNITWIN_ACCOUNT": "111122223333"})
    pool = aws_client(server, "cognito-idp").describe_user_pool(UserPoolId=demo.POOL_ID)["UserPool"]
    assert pool["Arn"].split(":")[4] == "444455556666"


def test_seeds_may_be_many_a_folder_or_json_and_twice_the_same_changes_nothing(start_server, tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.yaml").write_text("UserPools: [{Id: us-west-2_Aaaaaaaa1, PoolName: a}]")
    (folder / "b.json").write_text(json.dumps({"UserPools": [{"Id": "us-west-2_Bbbbbbbb1", "PoolName": "b"}]}))
    server = start_server("--seed", folder, "--seed", demo.SEED, "--seed", demo.SEED, "--seed", folder)
    idp = aws_client(server, "cognito-idp")
    rows = idp.list_user_pools(MaxResults=60)["UserPools"]
    assert sorted(row["Id"] for row in rows) == ["us-west-2_Aaaaaaaa1", "us-west-2_Bbbbbbbb1", demo.POOL_ID]
    assert len(idp.list_user_pool_clients(UserPoolId=demo.POOL_ID)["UserPoolClients"]) == 1
    assert len(idp.list_users(UserPoolId=demo.POOL_ID)["Users"]) == 1


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_exit_code_zero(start_server, with_signal):
    server = start_server("--seed", demo.SEED)
    assert call(server, "ListUserPools", {"MaxResults": 1}).status == 200
    assert server.stop(with_signal) == 0


def test_an_idle_connection_does_not_hold_up_the_end(start_server):
    server = start_server()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30):
        began = time.monotonic()
        assert server.stop() == 0
        # A container is killed ten seconds after it was told to stop.
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_each_request_is_one_log_line_without_secrets(start_server, log_format):
    server = start_server("--seed", demo.SEED, "--log-format", log_format)
    assert call(server, "ListUserPools", {"MaxResults": 1}).status == 200
    parameters = {"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD}
    sign_in = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": demo.CLIENT_ID, "AuthParameters": parameters}
    tokens = call(server, "InitiateAuth", sign_in, signed=False).json["AuthenticationResult"]
    parameters["PASSWORD"] = "wrong-Passw0rd"
    assert call(server, "InitiateAuth", sign_in, signed=False).status == 400
    assert server.stop() == 0

    log = server.log()
    lines = log.splitlines()
    if log_format == "json":
        assert all(isinstance(json.loads(line), dict) for line in lines)
    assert len([line for line in lines if "ListUserPools" in line]) == 1
    granted, denied = [line for line in lines if "InitiateAuth" in line]
    assert demo.POOL_ID in granted and "200" in granted
    assert "NotAuthorizedException" in denied and "400" in denied
    for secret in (
        demo.PASSWORD,
        "wrong-Passw0rd",
        *(tokens[name] for name in ("IdToken", "AccessToken", "RefreshToken")),
    ):
        assert secret not in log


def test_what_the_server_describes_is_a_seed(start_server, tmp_path):
    idp = aws_client(server := start_server(), "cognito-idp")
    identity = aws_client(server, "cognito-identity")
    pool = idp.create_user_pool(
        PoolName="described",
        AliasAttributes=["email"],
        Schema=[
            {"Name": "a_rather_long_name", "AttributeDataType": "String", "Mutable": False},
            {"Name": "email", "AttributeDataType": "String", "Required": True},
        ],
    )["UserPool"]
    client = idp.create_user_pool_client(UserPoolId=pool["Id"], ClientName="web", GenerateSecret=True)["UserPoolClient"]
    identity_pool = identity.create_identity_pool(IdentityPoolName="described", AllowUnauthenticatedIdentities=True)
    identity_pool.pop("ResponseMetadata")
    described = {"UserPools": [pool | {"Clients": [client]}], "IdentityPools": [identity_pool]}
    seed = tmp_path / "described.json"
    seed.write_text(json.dumps(described, default=str))
    again = start_server("--seed", seed)

    def timeless(description):
        return {k: v for k, v in description.items() if k not in ("CreationDate", "LastModifiedDate")}

    idp = aws_client(again, "cognito-idp")
    assert timeless(idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]) == timeless(pool)
    answer = idp.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=client["ClientId"])
    assert timeless(answer["UserPoolClient"]) == timeless(client)
    identity = aws_client(again, "cognito-identity")
    answer = identity.describe_identity_pool(IdentityPoolId=identity_pool["IdentityPoolId"])
    answer.pop("ResponseMetadata")
    assert answer == identity_pool


@pytest.mark.parametrize(
    ("users", "told"),
    [
        ("[{Username: a}, {Username: a}]", "UserPools[0].Users[1].Username: a is there twice"),
        ("[{Username: a, Sub: ''}]", "UserPools[0].Users[0].Sub"),
        ("[{Username: a, Sub: s}, {Username: b, Sub: s}]", "UserPools[0].Users[1]"),
        ("[{Username: a, Password: short}]", "Password did not conform with policy: Password not long enough"),
        ("[{Username: a, Password: 'has Space1!'}]", "regular expression"),
        ("[{Username: a, Password: ''}]", "regular expression"),
        ("[{Username: a, UserAttributes: [{Name: name, Vallue: b}]}]", "Vallue"),
        ("[{Username: a, UserAttributes: {email: nobody}}]", "Invalid email address format."),
        ("[{Username: a, UserCreateDate: 1.0e+300}]", "UserCreateDate"),
        ("[{Username: a, Nickname: b}]", "Nickname"),
    ],
)
def test_users_of_a_seed_go_through_the_checks_of_a_request(tmp_path, users, told):
    bad = tmp_path / "bad.yaml"
    bad.write_text(f"UserPools: [{{PoolName: p, Users: {users}}}]")
    ran = run("check", bad)
    assert ran.returncode == 1 and told in ran.stderr, ran.stderr
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
