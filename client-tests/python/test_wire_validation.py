"""Requests that break the model's constraints: all faults at once, in AWS's wording, sensitive values left out."""

import re

import pytest

import demo
from wire import IDENTITY, assert_headers, assert_invalid, assert_refused, call

POOL_PATTERN = r"[\w-]+_[0-9a-zA-Z]+"


def value(text, path, rule):
    return f"Value '{text}' at '{path}' failed to satisfy constraint: {rule}"


def hidden(path, rule):
    """A fault of a sensitive member, whose value is not told."""
    return f"Value at '{path}' failed to satisfy constraint: {rule}"


def null(path):
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def pattern(text):
    return f"Member must satisfy regular expression pattern: {text}"


def at_least(length):
    return f"Member must have length greater than or equal to {length}"


def at_most(length):
    return f"Member must have length less than or equal to {length}"


NOT_NULL = "Member must not be null"
USERNAME = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"


@pytest.mark.parametrize(
    ("operation", "payload", "faults"),
    [
        ("DescribeUserPool", {"UserPoolId": "X"}, [value("X", "userPoolId", pattern(POOL_PATTERN))]),
        ("DescribeUserPool", {}, [null("userPoolId")]),
        ("DescribeUserPool", {"UserPoolId": None}, [null("userPoolId")]),
        (
            "DescribeUserPool",
            {"UserPoolId": ""},
            [value("", "userPoolId", pattern(POOL_PATTERN)), value("", "userPoolId", at_least(1))],
        ),
        (
            "DescribeUserPool",
            {"UserPoolId": f"us-west-2_{'a' * 46}"},
            [value(f"us-west-2_{'a' * 46}", "userPoolId", at_most(55))],
        ),
        (
            "InitiateAuth",
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": ""},
            [hidden("clientId", pattern(r"[\w+]+")), hidden("clientId", at_least(1))],
        ),
        (
            "InitiateAuth",
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "no such client"},
            [hidden("clientId", pattern(r"[\w+]+"))],
        ),
        ("InitiateAuth", {}, [null("authFlow"), hidden("clientId", NOT_NULL)]),
        (
            "ConfirmSignUp",
            {"ClientId": "c", "Username": "u", "ConfirmationCode": ""},
            [value("", "confirmationCode", pattern(r"[\S]+")), value("", "confirmationCode", at_least(1))],
        ),
        (
            "ConfirmSignUp",
            {"ClientId": "c", "Username": "u" * 129, "ConfirmationCode": "1"},
            [hidden("username", at_most(128))],
        ),
        (
            "ConfirmSignUp",
            {"ClientId": "c", "Username": "", "ConfirmationCode": "1"},
            [hidden("username", pattern(USERNAME)), hidden("username", at_least(1))],
        ),
        (
            "AdminSetUserPassword",
            {"UserPoolId": demo.POOL_ID, "Username": "alice", "Password": "two words"},
            [hidden("password", pattern(r"[\S]+"))],
        ),
        (
            "AdminSetUserPassword",
            {"UserPoolId": demo.POOL_ID, "Username": "alice", "Password": "p" * 257},
            [hidden("password", at_most(256))],
        ),
        (
            "AdminSetUserPassword",
            {"UserPoolId": "X"},
            [
                value("X", "userPoolId", pattern(POOL_PATTERN)),
                hidden("username", NOT_NULL),
                hidden("password", NOT_NULL),
            ],
        ),
        (
            "ListUserPools",
            {"MaxResults": 0},
            [value(0, "maxResults", "Member must have value greater than or equal to 1")],
        ),
        (
            "ListUserPools",
            {"MaxResults": 61},
            [value(61, "maxResults", "Member must have value less than or equal to 60")],
        ),
        ("ListUserPools", {}, [null("maxResults")]),
        (
            "CreateUserPool",
            {
                "PoolName": "p",
                "Schema": [{"Name": "phone_number_verified", "AttributeDataType": "Boolean"}],
            },
            [value("phone_number_verified", "schema.1.member.name", at_most(20))],
        ),
        (
            "CreateUserPool",
            {"PoolName": "p", "Policies": {"PasswordPolicy": {"MinimumLength": 5}}},
            [value(5, "policies.passwordPolicy.minimumLength", "Member must have value greater than or equal to 6")],
        ),
        ("CreateUserPool", {"PoolName": "a/b"}, [value("a/b", "poolName", pattern(r"[\w\s+=,.@-]+"))]),
    ],
)
def test_a_broken_constraint_is_told_in_awss_words(server, operation, payload, faults):
    assert_invalid(call(server, operation, payload), *faults)


# The names of an enumeration stand in no settled order.
ENUM = re.compile(r"Member must satisfy enum value set: \[([^\]]*)\]")


def assert_enumerates(answer, head, names, tail=""):
    message = answer.json["message"]
    listed = ENUM.search(message)
    assert listed, message
    assert sorted(listed[1].split(", ")) == sorted(names)
    assert message == f"1 validation error detected: {head}{listed[0]}{tail}"
    assert_refused(answer, "InvalidParameterException", message)


def test_a_value_outside_an_enumeration_is_told_with_the_enumeration(server):
    answer = call(server, "InitiateAuth", {"AuthFlow": "MAGIC", "ClientId": demo.CLIENT_ID})
    flows = ["USER_SRP_AUTH", "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", "CUSTOM_AUTH", "ADMIN_NO_SRP_AUTH",
             "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH"]  # fmt: skip
    assert_enumerates(answer, "Value 'MAGIC' at 'authFlow' failed to satisfy constraint: ", flows)


def test_a_list_with_a_value_outside_an_enumeration_is_told_whole(server):
    payload = {"UserPoolId": demo.POOL_ID, "ClientName": "c", "AllowedOAuthFlows": ["code", "token"]}
    assert_enumerates(
        call(server, "CreateUserPoolClient", payload),
        "Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [",
        ["code", "implicit", "client_credentials"],
        "]",
    )


@pytest.mark.parametrize(("username", "password"), [("u" * 65, "p" * 129), ("u" * 129, "p" * 257)])
def test_values_of_a_map_are_not_constrained(server, username, password):
    payload = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": demo.CLIENT_ID,
        "AuthParameters": {"USERNAME": username, "PASSWORD": password},
    }
    answer = call(server, "InitiateAuth", payload, signed=False)
    assert_refused(answer, "NotAuthorizedException", "Incorrect username or password.")


@pytest.mark.parametrize("name", ["USERNAME", "PASSWORD"])
def test_a_blank_auth_parameter_is_missing(server, name):
    parameters = {"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD} | {name: ""}
    payload = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": demo.CLIENT_ID, "AuthParameters": parameters}
    answer = call(server, "InitiateAuth", payload, signed=False)
    assert_refused(answer, "InvalidParameterException", f"Missing required parameter {name}")


def test_constraints_come_before_what_is_not_found(server):
    payload = {"UserPoolId": "us-west-2_Nowhere01", "MaxResults": 61}
    fault = value(61, "maxResults", "Member must have value less than or equal to 60")
    assert_invalid(call(server, "ListUserPoolClients", payload), fault)


def test_identity_pools_have_a_code_of_their_own_for_broken_constraints(server):
    answer = call(server, "GetId", {"IdentityPoolId": "X"}, service=IDENTITY, signed=False)
    assert_invalid(answer, value("X", "identityPoolId", pattern("[\\w-]+:[0-9a-f-]+")), code="ValidationException")


def test_a_broken_map_value_of_identity_pools_is_told(server):
    payload = {"IdentityPoolId": demo.IDENTITY_POOL_ID, "Logins": {demo.PROVIDER: ""}}
    answer = call(server, "GetId", payload, service=IDENTITY, signed=False)
    message = answer.json["message"]
    assert (answer.status, answer.json["__type"]) == (400, "ValidationException")
    assert (
        message.startswith("1 validation error detected: Value ")
        and " at 'logins' failed to satisfy constraint: " in message
    )
    assert message.endswith(
        "Map value must satisfy constraint: [Member must have length less than or equal to 50000, "
        "Member must have length greater than or equal to 1]"
    )
    assert_headers(answer, {"x-amzn-errortype": "ValidationException:", "x-amzn-errormessage": message})
