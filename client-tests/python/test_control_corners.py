"""What a test asks of the double that it seldom asks: each of these was wrong once."""

import jwt
import pytest
from botocore.exceptions import ClientError

import demo
from conftest import aws_client
from control_api import Control
from expect import refused
from server import run

FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


class World:
    """A server with the demo, and what asks it."""

    def __init__(self, server):
        self.server, self.control = server, Control(server)
        self.idp = aws_client(server, "cognito-idp")

    def sign_in(self, username=demo.USERNAME, password=demo.PASSWORD, client_id=demo.CLIENT_ID):
        return self.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client_id,
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )

    def tokens(self, **who):
        return self.sign_in(**who)["AuthenticationResult"]

    def refresh(self, token):
        return self.idp.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH", ClientId=demo.CLIENT_ID, AuthParameters={"REFRESH_TOKEN": token}
        )["AuthenticationResult"]

    def user(self, tokens):
        return self.idp.get_user(AccessToken=tokens["AccessToken"])["Username"]

    def make_pool(self, **options):
        pool = self.idp.create_user_pool(PoolName="pool", **options)["UserPool"]["Id"]
        made = self.idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
        return pool, made["UserPoolClient"]["ClientId"]


@pytest.fixture
def world(start_server):
    return World(start_server("--seed", demo.SEED))


@pytest.mark.parametrize("query", [{}, {"userPoolId": demo.POOL_ID}])
def test_tokens_of_before_a_reset_are_dead_after_it(world, query):
    alive, revoked = world.tokens(), world.tokens()
    world.idp.revoke_token(Token=revoked["RefreshToken"], ClientId=demo.CLIENT_ID)
    for number in range(2):
        assert world.control.call("POST", "reset", **query) == (204, None)
        for old in (alive, revoked):
            with refused(*REVOKED):
                world.user(old)
            with refused("NotAuthorizedException", "Refresh Token has been revoked"):
                world.refresh(old["RefreshToken"])
        # Of the same second, and of a refresh.
        alive = world.tokens()
        assert world.user(alive) == world.user(world.refresh(alive["RefreshToken"])) == demo.USERNAME, number


def test_a_user_who_is_disabled_signs_in_anew(world):
    named = {"UserPoolId": demo.POOL_ID, "Username": demo.USERNAME}
    tokens = world.tokens()
    world.idp.admin_disable_user(**named)
    world.idp.admin_enable_user(**named)
    with refused(*REVOKED):
        world.user(tokens)
    assert world.user(world.tokens()) == demo.USERNAME


def test_messages_are_found_by_the_name_that_the_caller_knows(world):
    pool, client = world.make_pool(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    world.idp.sign_up(ClientId=client, Username="eve@example.com", Password=demo.PASSWORD)
    (sent,) = world.control.get("messages", userPoolId=pool, username="eve@example.com", wait=5)
    assert sent["username"] != "eve@example.com"
    assert world.control.get("messages", userPoolId=pool, username=sent["username"]) == [sent]
    # An alias, too, of whoever was sent something elsewhere.
    pool, _ = world.make_pool(AliasAttributes=["email", "preferred_username"])
    attributes = {"email": "zoe@example.com", "email_verified": "true", "preferred_username": "zed"}
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    world.idp.admin_create_user(UserPoolId=pool, Username="zoe", UserAttributes=listed, DesiredDeliveryMediums=["EMAIL"])
    for name in ("zoe", "zed", "zoe@example.com"):
        assert len(world.control.get("messages", userPoolId=pool, username=name)) == 1, name
    assert world.control.get("messages", userPoolId=pool, username="nobody") == []


def test_an_authenticator_app_that_a_sign_in_wants_shows_its_code(world):
    pool, client = world.make_pool()
    world.idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    named = {"UserPoolId": pool, "Username": "bob"}
    world.idp.admin_create_user(**named, MessageAction="SUPPRESS")
    world.idp.admin_set_user_password(**named, Password=demo.PASSWORD, Permanent=True)
    session = world.sign_in("bob", client_id=client)["Session"]
    session = world.idp.associate_software_token(Session=session)["Session"]
    code = world.control.get("totp", userPoolId=pool, username="bob")["code"]
    session = world.idp.verify_software_token(Session=session, UserCode=code)["Session"]
    done = world.idp.respond_to_auth_challenge(
        ClientId=client, ChallengeName="MFA_SETUP", Session=session, ChallengeResponses={"USERNAME": "bob"}
    )
    assert "AccessToken" in done["AuthenticationResult"]


def test_a_minted_session_keeps_its_scopes(world):
    wanted = {"userPoolId": demo.POOL_ID, "clientId": demo.CLIENT_ID, "username": demo.USERNAME}
    _, minted = world.control.call("POST", "tokens", wanted | {"scopes": ["openid", "email"]})
    again = world.refresh(minted["refreshToken"])["AccessToken"]
    for token in (minted["accessToken"], again):
        assert jwt.decode(token, options={"verify_signature": False})["scope"] == "openid email"


def test_a_pool_that_was_deleted_comes_back(world):
    world.idp.delete_user_pool(UserPoolId=demo.POOL_ID)
    assert world.control.call("POST", "reset", userPoolId=demo.POOL_ID) == (204, None)
    assert world.user(world.tokens()) == demo.USERNAME
    status, answer = world.control.call("POST", "reset", userPoolId="us-west-2_nobody")
    assert (status, answer) == (404, {"error": "there is no user pool us-west-2_nobody"})


def test_a_delay_hides_no_refusal(world):
    world.control.call("POST", "faults", {"operation": "*", "delayMs": 50})
    world.control.call("POST", "faults", {"operation": "InitiateAuth", "errorType": "ThrottlingException", "times": 1})
    with refused("ThrottlingException"):
        world.tokens()
    assert "AccessToken" in world.tokens()
    assert [it["met"] for it in world.control.get("faults")] == [2]


@pytest.mark.parametrize(("error", "status"), [("ServiceUnavailable", 503), ("InternalFailure", 500), ("Own", 400)])
def test_errors_that_every_service_has_come_with_their_status(world, error, status):
    world.control.call("POST", "faults", {"operation": "InitiateAuth", "errorType": error})
    with pytest.raises(ClientError) as caught:
        world.tokens()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_the_clock_has_its_limits(world):
    _, clock = world.control.call("PUT", "clock", {"now": "2030-01-01T00:00:00Z", "freeze": True})
    for wrong in ({"now": "0001-01-01T00:00:00Z"}, {"advanceSeconds": 1e300}, {"advanceSeconds": -1e300}):
        told = world.control.call("PUT", "clock", wrong)
        assert told == (400, {"error": "the clock goes from 1970 to the year 9987"}), wrong
    assert world.control.get("clock")["now"] == clock["now"]
    for path, method in (("clock", "PUT"), ("faults", "POST"), ("tokens", "POST")):
        assert world.control.call(method, path, ["2028-01-01T00:00:00Z"]) == (400, {"error": "an object is wanted"})


def test_a_snapshot_of_one_account_is_none_of_another(world):
    for account in ("111111111111", "222222222222"):
        aws_client(world.server, "cognito-idp", account=account).create_user_pool(PoolName=account)
    document = world.control.get("snapshot", account="222222222222")
    told = world.control.call("PUT", "snapshot", document, account="111111111111")
    assert told == (400, {"error": "the snapshot has nothing of the account 111111111111"})
    listed = aws_client(world.server, "cognito-idp", account="111111111111").list_user_pools(MaxResults=1)
    assert [it["Name"] for it in listed["UserPools"]] == ["111111111111"]


def test_variables_are_written_in_many_ways(start_server):
    names = ["SEED", "CODE", "DATA", "SMTP", "PUBLIC_URL", "CREDENTIALS", "TLS_CERT", "REGION", "ACCOUNT", "LAMBDA", "LOG"]
    empty = {f"COGNITWIN_{name}": "" for name in names} | {"AWS_ENDPOINT_URL_LAMBDA": "", "COGNITWIN_HOST": ""}
    assert Control(start_server(env=empty)).get("health")["status"] == "ok"
    for yes in ("1", "true", "on", "yes"):
        signed = World(start_server("--host", "localhost", env={"COGNITWIN_VERIFY_SIGNATURES": yes}))
        with refused("UnrecognizedClientException"):
            signed.idp.list_user_pools(MaxResults=1)
    ran = run("--port", "0", env={"COGNITWIN_PLAIN_CODES": "perhaps"})
    assert ran.returncode == 2 and "perhaps" in ran.stderr
    ran = run("--host", "example.com")
    assert ran.returncode == 2 and "it is neither an IP address nor localhost" in ran.stderr
    # What Kubernetes tells of a service of this name.
    assert run("healthcheck", env={"COGNITWIN_PORT": "tcp://10.0.0.1:9229"}).returncode == 1


def test_a_folder_s_hidden_files_are_no_seeds(start_server, tmp_path):
    (tmp_path / ".left.yaml").write_text("nonsense: [")
    server = start_server("--seed", tmp_path)
    assert f"seed: {tmp_path} holds no seed" in server.log()
    (tmp_path / "A.YAML").write_text("UserPools: [{PoolName: loud}]")
    listed = aws_client(start_server("--seed", tmp_path), "cognito-idp", region="us-east-1").list_user_pools(MaxResults=1)
    assert [it["Name"] for it in listed["UserPools"]] == ["loud"]


KEPT = """
UserPools:
  - {Id: us-west-2_Kept00001, PoolName: kept, UsernameAttributes: [email], Domain: kept-domain, Users: [
      {Username: ann@example.com, Sub: 11111111-1111-4111-8111-111111111111, UserAttributes: {email: ann@example.com}}]}
  - {Id: us-west-2_Kept00002, PoolName: other, AliasAttributes: [email], Users: [
      {Username: bob, UserAttributes: {email: bob@example.com, email_verified: "true"}}]}
"""


def test_what_a_folder_keeps_is_in_no_seed_s_way(start_server, tmp_path):
    seed = tmp_path / "kept.yaml"
    seed.write_text(KEPT)
    flags = ("--data", tmp_path / "data", "--seed", seed)
    server = start_server(*flags)
    idp = aws_client(server, "cognito-idp")
    verified = [{"Name": "email", "Value": "new@example.com"}, {"Name": "email_verified", "Value": "true"}]
    idp.admin_update_user_attributes(
        UserPoolId="us-west-2_Kept00001", Username="ann@example.com", UserAttributes=verified
    )
    idp.admin_delete_user(UserPoolId="us-west-2_Kept00002", Username="bob")
    taken = [{"Name": "email", "Value": "bob@example.com"}, {"Name": "email_verified", "Value": "true"}]
    idp.admin_create_user(UserPoolId="us-west-2_Kept00002", Username="zed", UserAttributes=taken)
    idp.delete_user_pool_domain(UserPoolId="us-west-2_Kept00001", Domain="kept-domain")
    idp.create_user_pool_domain(UserPoolId="us-west-2_Kept00002", Domain="kept-domain")
    server.stop_cleanly()
    again = start_server(*flags)
    idp = aws_client(again, "cognito-idp")
    users = [idp.list_users(UserPoolId=f"us-west-2_Kept0000{number}")["Users"] for number in (1, 2)]
    assert [[it["Username"] for it in some] for some in users] == [["11111111-1111-4111-8111-111111111111"], ["zed"]]
    assert again.log().count("is left out: ") == 3


def test_settings_that_would_lock_everybody_out_are_refused(world):
    required = [{"Name": "preferred_username", "Required": True}]
    message = "preferred_username can not be both an alias attribute and a required attribute."
    with refused("InvalidParameterException", message):
        world.make_pool(AliasAttributes=["preferred_username"], Schema=required)
    named = {"UserPoolId": demo.POOL_ID, "Username": demo.USERNAME}
    with refused("InvalidParameterException", "MFAOptions can only be set with the delivery medium SMS."):
        world.idp.admin_set_user_settings(**named, MFAOptions=[{"DeliveryMedium": "EMAIL", "AttributeName": "email"}])
