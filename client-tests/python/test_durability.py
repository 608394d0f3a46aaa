"""State on disk, snapshots and resets, as a test suite uses them: over sockets, with the process killed."""

import json
import random
import signal
import threading
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import demo
from conftest import aws_client
from server import run

PASSWORD = "Passw0rd!"
WRITERS = 8
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def ask(server, method, path, body=None):
    """Status and body of one request to the control API."""
    request = urllib.request.Request(f"{server.url}/_cognitwin/{path}", method=method, data=body)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def make_pool(idp, **options):
    pool = idp.create_user_pool(PoolName="pool", **options)["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
    return pool, client["UserPoolClient"]["ClientId"]


def sign_in(idp, client, username, password=PASSWORD):
    return idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters={"USERNAME": username, "PASSWORD": password}
    )["AuthenticationResult"]


def refresh(idp, client, token):
    return idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client, AuthParameters={"REFRESH_TOKEN": token}
    )["AuthenticationResult"]


def write(idp, pool, client, name, acknowledged):
    """Creates users, sets their passwords and signs them in until the server is gone; what was answered counts."""
    number = 0
    while True:
        username = f"{name}-{number}"
        known = {}
        acknowledged[username] = known
        try:
            idp.admin_create_user(UserPoolId=pool, Username=username, MessageAction="SUPPRESS")
            known["created"] = True
            idp.admin_set_user_password(UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True)
            known["password"] = True
            known["tokens"] = sign_in(idp, client, username)
            if number % 3 == 0:
                idp.global_sign_out(AccessToken=known["tokens"]["AccessToken"])
                known["ended"] = True
        except BotoCoreError:
            return
        number += 1


def test_every_acknowledged_write_survives_a_kill(start_server, tmp_path):
    data = tmp_path / "data"
    acknowledged = {}
    pool = client = None
    written = 0
    for turn in range(10):
        server = start_server("--data", data)
        idp = aws_client(server, "cognito-idp")
        if pool is None:
            pool, client = make_pool(idp)
        check(idp, pool, client, acknowledged)
        written += len(acknowledged)
        acknowledged = {}
        writers = [
            threading.Thread(target=write, args=(aws_client(server, "cognito-idp"), pool, client, f"u{turn}-{it}", acknowledged))
            for it in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(random.uniform(0.3, 1.2))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        for writer in writers:
            writer.join()
        # Whoever is killed does not end cleanly.
        server.stop_cleanly = lambda: None
    server = start_server("--data", data)
    check(aws_client(server, "cognito-idp"), pool, client, acknowledged)
    assert written > 10 * WRITERS


def check(idp, pool, client, acknowledged):
    for username, known in acknowledged.items():
        if "created" in known:
            user = idp.admin_get_user(UserPoolId=pool, Username=username)
            expected = {"CONFIRMED"} if "password" in known else {"CONFIRMED", "FORCE_CHANGE_PASSWORD"}
            assert user["UserStatus"] in expected, username
        if "password" in known:
            sign_in(idp, client, username)
        if "tokens" in known:
            tokens = known["tokens"]
            try:
                assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == username
                assert "AccessToken" in refresh(idp, client, tokens["RefreshToken"])
                assert "ended" not in known, username
            except ClientError as refusal:
                # Signed out, or on the way to it when the server was killed.
                assert refusal.response["Error"]["Message"] == "Access Token has been revoked", username
                assert int(username.split("-")[-1]) % 3 == 0, username


def test_a_restart_brings_back_users_keys_tokens_messages_and_clock(start_server, tmp_path):
    data = tmp_path / "new" / "data"
    server = start_server("--data", data, "--seed", demo.SEED)
    idp = aws_client(server, "cognito-idp")
    pool, client = make_pool(idp, AutoVerifiedAttributes=["email"])
    idp.sign_up(
        ClientId=client,
        Username="alice",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )
    _, messages = ask(server, "GET", "messages")
    ask(server, "PUT", "clock", b'{"advanceSeconds": 3600}')
    demo_tokens = sign_in(idp, demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
    demo_pool = demo.POOL_ID
    idp_demo = aws_client(server, "cognito-idp")
    idp_demo.admin_set_user_password(
        UserPoolId=demo_pool, Username=demo.USERNAME, Password="An0therPassw0rd!", Permanent=True
    )
    jwks = urllib.request.urlopen(f"{server.url}/{demo_pool}/.well-known/jwks.json", timeout=10).read()
    _, before = ask(server, "GET", "snapshot")
    assert server.stop() == 0

    again = start_server("--data", data, "--seed", demo.SEED)
    assert ask(again, "GET", "snapshot") == (200, before)
    assert ask(again, "GET", "messages") == (200, messages)
    assert abs(json.loads(ask(again, "GET", "clock")[1])["offsetSeconds"] - 3600) < 0.001
    idp = aws_client(again, "cognito-idp")
    # The seed changes nothing of what was changed since.
    sign_in(idp, demo.CLIENT_ID, demo.USERNAME, "An0therPassw0rd!")
    refresh(idp, demo.CLIENT_ID, demo_tokens["RefreshToken"])
    idp.get_user(AccessToken=demo_tokens["AccessToken"])
    assert urllib.request.urlopen(f"{again.url}/{demo_pool}/.well-known/jwks.json", timeout=10).read() == jwks
    code = json.loads(messages)[0]["code"]
    idp.confirm_sign_up(ClientId=client, Username="alice", ConfirmationCode=code)
    # A reset goes back to the seeds, for good.
    assert ask(again, "POST", "reset") == (204, b"")
    sign_in(idp, demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
    assert again.stop() == 0
    third = start_server("--data", data)
    idp = aws_client(third, "cognito-idp")
    sign_in(idp, demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
    with pytest.raises(idp.exceptions.ResourceNotFoundException):
        sign_in(idp, client, "alice")


def refused(*args, **options):
    ran = run("--port", 0, *args, **options)
    assert (ran.returncode, ran.stdout) == (2, ""), ran
    lines = ran.stderr.splitlines()
    assert len(lines) == 1, ran.stderr
    return lines[0]


def test_a_folder_in_use_is_refused(start_server, tmp_path):
    data = tmp_path / "data"
    server = start_server("--data", data)
    assert refused("--data", data) == f"cognitwin: {data}: another server uses this folder"
    assert refused(env={"COGNITWIN_DATA": str(data)}) == f"cognitwin: {data}: another server uses this folder"
    make_pool(aws_client(server, "cognito-idp"))
    assert server.stop() == 0
    start_server("--data", data)


@pytest.mark.parametrize("kind", ["garbage", "half", "empty", "zeros"])
def test_a_damaged_folder_is_refused_and_left(start_server, tmp_path, kind):
    data = tmp_path / "data"
    server = start_server("--data", data)
    make_pool(aws_client(server, "cognito-idp"))
    assert server.stop() == 0
    (file,) = data.iterdir()
    good = file.read_bytes()
    bad = {
        "garbage": random.Random(1).randbytes(len(good)),
        "half": good[: len(good) // 2],
        "empty": b"",
        "zeros": bytes(len(good)),
    }[kind]
    file.write_bytes(bad)
    assert refused("--data", data).startswith(f"cognitwin: {data}: damaged: ")
    assert file.read_bytes() == bad and list(data.iterdir()) == [file]
    file.write_bytes(good)
    start_server("--data", data)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("precious")
    assert str(file) in refused("--data", file)
    assert file.read_text() == "precious"


def test_a_snapshot_into_a_second_server_is_equal_and_its_tokens_are_good(start_server):
    first, second = start_server("--seed", demo.SEED), start_server()
    tokens = sign_in(aws_client(first, "cognito-idp"), demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
    aws_client(second, "cognito-idp").create_user_pool(PoolName="forgotten")
    status, document = ask(first, "GET", "snapshot")
    assert status == 200 and json.loads(document)["cognitwinSnapshot"] == 1
    assert ask(second, "PUT", "snapshot", document) == (204, b"")
    assert ask(second, "GET", "snapshot") == (200, document)
    idp = aws_client(second, "cognito-idp")
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == demo.USERNAME
    refreshed = refresh(idp, demo.CLIENT_ID, tokens["RefreshToken"])
    assert aws_client(first, "cognito-idp").get_user(AccessToken=refreshed["AccessToken"])
    pools = idp.list_user_pools(MaxResults=60)["UserPools"]
    assert [pool["Id"] for pool in pools] == [demo.POOL_ID]


def test_a_snapshot_is_a_seed(start_server, tmp_path):
    first = start_server("--seed", demo.SEED)
    tokens = sign_in(aws_client(first, "cognito-idp"), demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
    seed = tmp_path / "snapshot.json"
    seed.write_bytes(ask(first, "GET", "snapshot")[1])
    assert run("check", seed).returncode == 0
    second = start_server("--seed", seed)
    idp = aws_client(second, "cognito-idp")
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == demo.USERNAME
    refresh(idp, demo.CLIENT_ID, tokens["RefreshToken"])
    assert ask(second, "POST", "reset") == (204, b"")
    refresh(idp, demo.CLIENT_ID, tokens["RefreshToken"])
    seed.write_text(seed.read_text().replace('"kind":"User"', '"kind":"Usher"', 1))
    ran = run("check", seed)
    assert ran.returncode == 1 and f"{seed}: rows[" in ran.stderr and "Usher" in ran.stderr


INVITING = """
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Alice:
    Type: AWS::Cognito::UserPoolUser
    Properties:
      UserPoolId: !Ref Pool
      Username: alice
      DesiredDeliveryMediums: [EMAIL]
      UserAttributes: [{Name: email, Value: alice@example.com}]
"""


def test_a_user_of_a_template_is_invited_at_each_reset_and_not_at_a_restart(start_server, tmp_path):
    template = tmp_path / "inviting.yaml"
    template.write_text(INVITING)
    data = tmp_path / "data"
    server = start_server("--data", data, "--seed", template)

    def letters(server):
        letters = json.loads(ask(server, "GET", "messages?account=000000000000")[1])
        return [(it["userPoolId"], it["username"], it["code"]) for it in letters]

    first = letters(server)
    assert [name for _, name, _ in first] == ["alice"]
    assert ask(server, "POST", "reset") == (204, b"")
    assert letters(server) == first
    server.process.kill()
    server.process.wait()
    server.stop_cleanly = lambda: None
    server = start_server("--data", data, "--seed", template)
    assert letters(server) == first
    assert ask(server, "POST", "reset?seeds=false") == (204, b"")
    assert letters(server) == []


@pytest.mark.parametrize("is_known", [False, True], ids=["a new folder", "one with a state"])
def test_a_wrong_seed_leaves_nothing_of_the_others_on_disk(start_server, tmp_path, is_known):
    data, seeds = tmp_path / "data", tmp_path / "seeds"
    before = None
    if is_known:
        server = start_server("--data", data, "--seed", demo.SEED)
        _, before = ask(server, "GET", "snapshot")
        assert server.stop() == 0
    seeds.mkdir()
    (seeds / "a.yaml").write_text(INVITING)
    (seeds / "b.yaml").write_text("UserPools:\n- PoolName: second\n")
    (seeds / "c.yaml").write_text("UserPools:\n- PoolName: third\n- PoolNam: wrong\n")
    problem = f"cognitwin: {seeds / 'c.yaml'}:3: UserPools[1].PoolNam: CreateUserPool has no such field"
    assert refused("--data", data, "--seed", seeds, "--log", "warn") == problem
    # The parameters of templates are known once all of them are applied.
    (seeds / "c.yaml").unlink()
    problem = "cognitwin: Parameters: [Stage] do not exist in the template"
    assert refused("--data", data, "--seed", seeds, "--log", "warn", "--seed-parameter", "Stage=x") == problem

    server = start_server("--data", data)
    if is_known:
        assert ask(server, "GET", "snapshot") == (200, before)
    for region in ("us-east-1", demo.REGION):
        pools = aws_client(server, "cognito-idp", region=region).list_user_pools(MaxResults=60)["UserPools"]
        assert [it["Id"] for it in pools] == ([demo.POOL_ID] if is_known and region == demo.REGION else [])
    assert ask(server, "GET", "messages") == (200, b"[]")
    assert server.stop() == 0
    # What is right is applied whole, and kept.
    server = start_server("--data", data, "--seed", seeds)
    assert len(json.loads(ask(server, "GET", "messages")[1])) == 1
    server.process.kill()
    server.process.wait()
    server.stop_cleanly = lambda: None
    pools = aws_client(start_server("--data", data), "cognito-idp", region="us-east-1").list_user_pools(MaxResults=60)
    assert sorted(it["Name"] for it in pools["UserPools"])[-1] == "second" and len(pools["UserPools"]) == 2


def test_a_large_snapshot_is_taken(start_server):
    server = start_server()
    idp = aws_client(server, "cognito-idp")
    pool, client = make_pool(idp)
    idp.admin_create_user(UserPoolId=pool, Username="u-0", MessageAction="SUPPRESS")
    document = json.loads(ask(server, "GET", "snapshot")[1])
    (user,) = [row for row in document["rows"] if row["kind"] == "User"]
    for number in range(1, 10_000):
        value = user["value"] | {"username": f"u-{number}", "sub": f"sub-{number}"}
        document["rows"].append(user | {"key": f"u-{number}", "place": number + 1, "value": value})
    body = json.dumps(document).encode()
    assert len(body) > 2 * 1024 * 1024
    begun = time.monotonic()
    assert ask(server, "PUT", "snapshot", body) == (204, b"")
    taken = time.monotonic() - begun
    begun = time.monotonic()
    ask(server, "GET", "snapshot")
    given = time.monotonic() - begun
    begun = time.monotonic()
    assert ask(server, "POST", "reset") == (204, b"")
    reset = time.monotonic() - begun
    print(f"10,000 users: PUT snapshot {taken * 1000:.0f} ms, GET {given * 1000:.0f} ms, reset {reset * 1000:.0f} ms")
    assert idp.list_user_pools(MaxResults=60)["UserPools"] == []


def test_resets_while_others_work(start_server):
    """Every answer is one of AWS's, whatever the state becomes under it."""
    server = start_server("--seed", demo.SEED)
    problems = []
    is_over = threading.Event()

    def work(name):
        idp = aws_client(server, "cognito-idp")
        while not is_over.is_set():
            try:
                sign_in(idp, demo.CLIENT_ID, demo.USERNAME, demo.PASSWORD)
                idp.admin_create_user(UserPoolId=demo.POOL_ID, Username=name, MessageAction="SUPPRESS")
                idp.create_user_pool(PoolName=name)
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] not in ("UsernameExistsException", "ResourceNotFoundException"):
                    problems.append(refusal)
                    return
            except BotoCoreError as problem:
                problems.append(problem)
                return

    workers = [threading.Thread(target=work, args=(f"worker{number}",)) for number in range(4)]
    for worker in workers:
        worker.start()
    for turn in range(20):
        assert ask(server, "POST", "reset") == (204, b"")
        if turn % 3 == 0:
            status, document = ask(server, "GET", "snapshot")
            assert ask(server, "PUT", "snapshot", document) == (204, b"")
    is_over.set()
    for worker in workers:
        worker.join()
    assert not problems, problems
    assert ask(server, "POST", "reset") == (204, b"")
    pools = aws_client(server, "cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    assert [pool["Id"] for pool in pools] == [demo.POOL_ID]


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("POST", "reset?seeds=perhaps", None, (400, "seeds must be true or false")),
        ("POST", "reset?userPoolId=us-east-1_Nobody", None, (404, "there is no user pool us-east-1_Nobody")),
        ("POST", "reset?pool=a", None, (400, "unknown parameter pool")),
        ("PUT", "snapshot", b"{}", (400, "missing field `cognitwinSnapshot` at line 1 column 2")),
        ("GET", "snapshot?account=1", None, (400, "account must have 12 digits")),
        ("DELETE", "snapshot", None, (404, "DELETE /_cognitwin/snapshot is not a part of the control API")),
    ],
)
def test_what_is_not_right_is_refused(server, method, path, body, answer):
    status, problem = answer
    told, text = ask(server, method, path, body)
    assert (told, json.loads(text)) == (status, {"error": problem})
