"""AdminLinkProviderForUser and AdminDisableProviderForUser, and where a linked identity shows."""

import json
import time

import jwt
import pytest

from conftest import aws_client
from expect import attributes, body, refused

INVALID = "InvalidParameterException"
MERGING = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"


@pytest.fixture
def federated(idp, pool):
    """`pool` with Google, and with Okta, which maps an email address."""
    idp.create_identity_provider(
        UserPoolId=pool.id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "id", "client_secret": "s", "authorize_scopes": "openid"},
    )
    idp.create_identity_provider(
        UserPoolId=pool.id,
        ProviderName="Okta",
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "id",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://idp.test",
            "authorize_scopes": "openid",
        },
        AttributeMapping={"email": "email"},
    )
    return pool


def named(provider, value, attribute="Cognito_Subject"):
    return {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}


def link(idp, pool, source, to="bob"):
    destination = {"ProviderName": "Cognito", "ProviderAttributeValue": to}
    return idp.admin_link_provider_for_user(UserPoolId=pool.id, DestinationUser=destination, SourceUser=source)


def identities(idp, pool, username="bob"):
    listed = attributes(idp.admin_get_user(UserPoolId=pool.id, Username=username)["UserAttributes"])
    return json.loads(listed["identities"]) if "identities" in listed else None


def test_a_linked_identity_is_an_attribute_and_a_claim(idp, federated):
    assert body(link(idp, federated, named("Google", "10769150350006150715113082367"))) == {}
    link(idp, federated, named("Okta", "bob@example.com", "email"))
    first, second = identities(idp, federated)
    made = first.pop("dateCreated")
    assert abs(made / 1000 - time.time()) < 120
    assert first == {
        "userId": "10769150350006150715113082367",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": None,
        "primary": False,
    }
    assert (second["providerName"], second["providerType"], second["userId"]) == ("Okta", "OIDC", "bob@example.com")
    tokens = federated.sign_in()
    claim = jwt.decode(tokens["IdToken"], options={"verify_signature": False})["identities"]
    assert claim[0] == first | {"primary": "false", "dateCreated": str(made)}
    own = attributes(idp.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"])
    assert json.loads(own["identities"]) == identities(idp, federated)
    (user,) = idp.list_users(UserPoolId=federated.id, AttributesToGet=["identities"])["Users"]
    assert attributes(user["Attributes"]) == {"identities": own["identities"]}


def test_an_identity_belongs_to_one_user_and_can_go_to_another(idp, federated):
    source = named("Google", "1")
    link(idp, federated, source)
    federated.add_user("carol")
    with refused(INVALID, "SourceUser is already linked to DestinationUser"):
        link(idp, federated, source, to="carol")
    assert body(idp.admin_disable_provider_for_user(UserPoolId=federated.id, User=source)) == {}
    assert identities(idp, federated) is None
    link(idp, federated, source, to="carol")
    assert identities(idp, federated, "carol")[0]["userId"] == "1"


def test_no_more_than_five_are_linked(idp, federated):
    for value in range(5):
        link(idp, federated, named("Google", str(value)))
    with refused("LimitExceededException", "Exceeded maximum number of identities linked to a user: 5"):
        link(idp, federated, named("Okta", "x"))


@pytest.mark.parametrize(
    "source, code, message",
    [
        (
            named("Cognito", "carol"),
            INVALID,
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
            "only as a DestinationUser",
        ),
        (named("Google", "a", "email"), INVALID, "Invalid ProviderAttributeName email for provider Google."),
        (named("Okta", "a", "name"), INVALID, "Invalid ProviderAttributeName name for provider Okta."),
        ({"ProviderName": "Google"}, INVALID, "Invalid SourceUser: ProviderAttributeValue is required."),
        (named("Google", "taken"), INVALID, MERGING),
    ],
)
def test_what_cannot_be_linked_is_refused(idp, federated, source, code, message):
    federated.add_user("Google_taken")
    with refused(code, message):
        link(idp, federated, source)


def test_who_or_what_is_not_there_is_named(idp, federated):
    with refused("UserNotFoundException", "User does not exist."):
        link(idp, federated, named("Google", "1"), to="nobody")
    missing = f"Identity provider Facebook for tenantId {federated.id} does not exist."
    with refused("ResourceNotFoundException", missing):
        link(idp, federated, named("Facebook", "1"))
    with refused("ResourceNotFoundException", missing):
        idp.admin_disable_provider_for_user(UserPoolId=federated.id, User=named("Facebook", "1"))
    with refused(INVALID, "Account isn't linked to anyone else, verify that the account has been linked"):
        idp.admin_disable_provider_for_user(UserPoolId=federated.id, User=named("Google", "1"))
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_disable_provider_for_user(UserPoolId=federated.id, User=named("Cognito", "nobody"))
    for call, members in (
        (idp.admin_link_provider_for_user, {"DestinationUser": {}, "SourceUser": {}}),
        (idp.admin_disable_provider_for_user, {"User": {}}),
    ):
        with refused("ResourceNotFoundException", "User pool us-west-2_nowhere does not exist."):
            call(UserPoolId="us-west-2_nowhere", **members)


def test_a_disabled_native_user_has_no_password(idp, federated):
    federated.sign_in()
    idp.admin_disable_provider_for_user(UserPoolId=federated.id, User=named("Cognito", "bob"))
    with refused("NotAuthorizedException", "Incorrect username or password."):
        federated.sign_in()


def test_a_federated_user_of_a_seed_has_its_own_identity(start_server, tmp_path):
    own = [
        {
            "userId": "7",
            "providerName": "Google",
            "providerType": "Google",
            "issuer": None,
            "primary": True,
            "dateCreated": 1642699117273,
        }
    ]
    user = {
        "Username": "Google_7",
        "UserStatus": "EXTERNAL_PROVIDER",
        "UserAttributes": {"identities": json.dumps(own)},
    }
    google = {
        "ProviderName": "Google",
        "ProviderType": "Google",
        "ProviderDetails": {"client_id": "id", "client_secret": "s", "authorize_scopes": "openid"},
    }
    pool = {"Id": "us-west-2_seed", "PoolName": "seed", "Users": [user], "IdentityProviders": [google]}
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"UserPools": [pool]}))
    idp = aws_client(start_server("--seed", str(seed)), "cognito-idp")
    pool_id = "us-west-2_seed"
    listed = attributes(idp.admin_get_user(UserPoolId=pool_id, Username="Google_7")["UserAttributes"])
    assert json.loads(listed["identities"]) == own
    idp.admin_create_user(UserPoolId=pool_id, Username="bob", MessageAction="SUPPRESS")
    with refused(INVALID, MERGING):
        idp.admin_link_provider_for_user(
            UserPoolId=pool_id, DestinationUser=named("Cognito", "bob"), SourceUser=named("Google", "7")
        )
    idp.admin_disable_provider_for_user(UserPoolId=pool_id, User=named("Google", "7"))
    assert "identities" not in attributes(
        idp.admin_get_user(UserPoolId=pool_id, Username="Google_7")["UserAttributes"]
    )
