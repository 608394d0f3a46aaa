"""What threat protection remembers of users, what administrators think of it, and addresses it never lets in."""

import jwt
import pytest

from conftest import aws_client
from expect import body, refused

PASSWORD = "Passw0rd!"
WATCHED = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="watched", **WATCHED)["UserPool"]["Id"]


@pytest.fixture
def client(idp, pool):
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    return made["UserPoolClient"]["ClientId"]


def sign_in(idp, client, password=PASSWORD):
    given = {"USERNAME": "alice", "PASSWORD": password}
    return idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


def events(idp, pool, **more):
    return idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice", **more)["AuthEvents"]


def user(idp, pool):
    idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)


def test_sign_ins_are_events_newest_first(idp, pool, client):
    user(idp, pool)
    assert events(idp, pool) == []
    with refused("NotAuthorizedException", "Incorrect username or password."):
        sign_in(idp, client, "wrong")
    tokens = sign_in(idp, client)["AuthenticationResult"]
    right, wrong = events(idp, pool)
    assert {k: v for k, v in wrong.items() if k not in ("EventId", "CreationDate")} == {
        "EventType": "SignIn",
        "EventResponse": "Fail",
        "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
        "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}],
        "EventContextData": {"IpAddress": "127.0.0.1"},
    }
    assert right["EventResponse"] == "Pass"
    assert right["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Success"}]
    claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
    assert claims["event_id"] == right["EventId"]
    page = idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice", MaxResults=1)
    assert page["AuthEvents"] == [right]
    rest = idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice", NextToken=page["NextToken"])
    assert rest["AuthEvents"] == [wrong] and "NextToken" not in rest


def test_a_challenge_keeps_its_event_open(idp, pool, client):
    idp.admin_create_user(
        UserPoolId=pool, Username="alice", MessageAction="SUPPRESS", TemporaryPassword="Temp-0rary"
    )
    challenge = sign_in(idp, client, "Temp-0rary")
    [event] = events(idp, pool)
    assert event["EventResponse"] == "InProgress"
    idp.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": PASSWORD},
    )
    [after] = events(idp, pool)
    assert (after["EventId"], after["EventResponse"]) == (event["EventId"], "Pass")


def test_what_else_a_user_does_is_noted(idp, pool, client, server):
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"], **WATCHED)
    email = [{"Name": "email", "Value": "alice@example.com"}]
    idp.sign_up(ClientId=client, Username="alice", Password=PASSWORD, UserAttributes=email)
    idp.resend_confirmation_code(ClientId=client, Username="alice")
    idp.admin_confirm_sign_up(UserPoolId=pool, Username="alice")
    token = sign_in(idp, client)["AuthenticationResult"]["AccessToken"]
    idp.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="An0ther-one")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        idp.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="An0ther-two")
    verified = [{"Name": "email_verified", "Value": "true"}]
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=verified)
    idp.forgot_password(ClientId=client, Username="alice")
    assert [(it["EventType"], it["EventResponse"]) for it in events(idp, pool)] == [
        ("ForgotPassword", "Pass"),
        ("PasswordChange", "Fail"),
        ("PasswordChange", "Pass"),
        ("SignIn", "Pass"),
        ("ResendCode", "Pass"),
        ("SignUp", "Pass"),
    ]


def test_feedback_comes_back(idp, pool, client):
    user(idp, pool)
    sign_in(idp, client)
    [event] = events(idp, pool)
    named = {"UserPoolId": pool, "Username": "alice", "EventId": event["EventId"]}
    assert body(idp.admin_update_auth_event_feedback(**named, FeedbackValue="Invalid")) == {}
    [event] = events(idp, pool)
    feedback = event["EventFeedback"]
    assert (feedback["FeedbackValue"], feedback["Provider"]) == ("Invalid", "Admin") and feedback["FeedbackDate"]
    with refused("ResourceNotFoundException", "Auth event does not exist."):
        idp.admin_update_auth_event_feedback(**{**named, "EventId": "nothing"}, FeedbackValue="Valid")
    with refused("NotAuthorizedException", "Invalid feedback token."):
        idp.update_auth_event_feedback(**named, FeedbackToken="x", FeedbackValue="Valid")
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_update_auth_event_feedback(**{**named, "Username": "nobody"}, FeedbackValue="Valid")
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_list_user_auth_events(UserPoolId=pool, Username="nobody")


def test_without_threat_protection_there_are_no_events(idp, account):
    plain = idp.create_user_pool(PoolName="plain")["UserPool"]["Id"]
    user(idp, plain)
    named = {"UserPoolId": plain, "Username": "alice"}
    for call, more in (
        (idp.admin_list_user_auth_events, {}),
        (idp.admin_update_auth_event_feedback, {"EventId": "x", "FeedbackValue": "Valid"}),
        (idp.update_auth_event_feedback, {"EventId": "x", "FeedbackToken": "x", "FeedbackValue": "Valid"}),
    ):
        with refused("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for this user pool."):
            call(**named, **more)


def test_nobody_signs_in_from_a_blocked_address(idp, pool, client):
    user(idp, pool)
    idp.set_risk_configuration(
        UserPoolId=pool, RiskExceptionConfiguration={"BlockedIPRangeList": ["203.0.113.0/24", "2001:db8::/32"]}
    )
    sign_in(idp, client)
    given = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD}}
    where = {"ServerName": "s", "ServerPath": "/", "HttpHeaders": []}
    for address in ("203.0.113.9", "2001:db8::1"):
        with refused("NotAuthorizedException", "Request not allowed due to security reasons."):
            idp.admin_initiate_auth(
                UserPoolId=pool, ClientId=client, ContextData={"IpAddress": address, **where}, **given
            )
    context = {"IpAddress": "203.0.114.9", **where}
    idp.admin_initiate_auth(UserPoolId=pool, ClientId=client, ContextData=context, **given)
    assert events(idp, pool)[0]["EventContextData"] == {"IpAddress": "203.0.114.9"}
