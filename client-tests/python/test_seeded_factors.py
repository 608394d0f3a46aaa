"""Seeds of users with second factors."""

import base64
import hashlib
import hmac
import struct
import time

from conftest import aws_client
from server import run


def code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), step, hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF) % 10**6:06}"


def test_a_seed_gives_users_their_second_factors(start_server, tmp_path):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        f"""
UserPools:
  - Id: us-east-1_factors01
    PoolName: factors
    MfaConfiguration: OPTIONAL
    SmsConfiguration: {{SnsCallerArn: "arn:aws:iam::000000000000:role/sms"}}
    Clients: [{{ClientId: factors, ClientName: c, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}}]
    Users:
      - Username: alice
        Password: Passw0rd!
        UserAttributes: {{phone_number: "+15550100"}}
        SoftwareTokenSecret: {secret}
        UserMFASettingList: [SMS_MFA]
        PreferredMfaSetting: SOFTWARE_TOKEN_MFA
"""
    )
    server = start_server("--seed", seed)
    idp = aws_client(server, "cognito-idp", region="us-east-1")
    described = idp.admin_get_user(UserPoolId="us-east-1_factors01", Username="alice")
    assert described["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    assert sorted(described["UserMFASettingList"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    given = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    asked = idp.initiate_auth(ClientId="factors", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code(secret)}
    done = idp.respond_to_auth_challenge(
        ClientId="factors", ChallengeName="SOFTWARE_TOKEN_MFA", Session=asked["Session"], ChallengeResponses=answer
    )
    assert done["AuthenticationResult"]["AccessToken"]


def test_a_seed_with_a_factor_that_is_not_set_up_is_refused(tmp_path):
    for line, problem in (
        ("PreferredMfaSetting: SOFTWARE_TOKEN_MFA", "User does not have delivery config set to turn on SOFTWARE"),
        ("PreferredMfaSetting: CARRIER_PIGEON", "CARRIER_PIGEON is not a second factor"),
        ("SoftwareTokenSecret: short", "this is not base 32 of 16 bytes or more"),
    ):
        seed = tmp_path / "seed.yaml"
        seed.write_text(f"UserPools: [{{PoolName: p, Users: [{{Username: a, Password: Passw0rd!, {line}}}]}}]")
        checked = run("check", seed)
        assert checked.returncode == 1 and problem in checked.stdout + checked.stderr, (line, checked)
