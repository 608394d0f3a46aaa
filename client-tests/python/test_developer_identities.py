"""Identities that a developer's own backend vouches for: tokens, lookup, merge, unlink, and their credentials."""

import re

import jwt
import pytest

from expect import body, refused
from forgery import altered
from identity_world import DEVELOPER, claims, make_identity_pool, provider_of, role

UNSUPPORTED = "This identity pool does not support the specified developer provider."
REGISTERED = "This developer user identifier is already registered with Cognito."
MISMATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."
OTHER = "The developer user identifier does not belong to the identity."
OWN = "cognito-identity.amazonaws.com"


@pytest.fixture
def pool_id(identity, pool, account):
    return make_identity_pool(identity, account, pool, DeveloperProviderName=DEVELOPER)


@pytest.fixture
def developer(identity, pool_id):
    """Vouches for a user: `developer("ann", IdentityId=…)`."""

    def vouch(user, logins=None, **members):
        logins = {DEVELOPER: user} | (logins or {})
        return body(
            identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins=logins, **members)
        )

    return vouch


@pytest.fixture
def lookup(identity, pool_id):
    return lambda **members: body(identity.lookup_developer_identity(IdentityPoolId=pool_id, **members))


def test_a_user_is_the_same_identity_each_time(developer, pool_id):
    first, second = developer("ann"), developer("ann")
    assert set(first) == {"IdentityId", "Token"}
    assert first["IdentityId"] == second["IdentityId"] != developer("ben")["IdentityId"]
    token = claims(first["Token"])
    assert token["amr"] == ["authenticated", DEVELOPER, f"{DEVELOPER}:{pool_id}:ann"]
    assert (token["sub"], token["aud"], token["exp"] - token["iat"]) == (first["IdentityId"], pool_id, 900)


@pytest.mark.parametrize("seconds", [1, 86400])
def test_a_token_lives_as_long_as_it_is_told_to(developer, seconds):
    token = claims(developer("ann", TokenDuration=seconds)["Token"])
    assert token["exp"] - token["iat"] == seconds


def test_tags_of_the_backend_are_those_of_the_session(developer):
    token = claims(developer("ann", PrincipalTags={"team": "blue", "level": "1"})["Token"])
    assert token["https://aws.amazon.com/tags"] == {"principal_tags": {"level": ["1"], "team": ["blue"]}}
    assert "https://aws.amazon.com/tags" not in claims(developer("ann")["Token"])


@pytest.mark.parametrize(
    "members",
    [
        {"TokenDuration": 0},
        {"TokenDuration": 86401},
        {"PrincipalTags": {str(n): "v" for n in range(51)}},
        {"PrincipalTags": {"": "v"}},
        {"Logins": {str(n): "v" for n in range(11)}},
        {"IdentityId": "nonsense"},
    ],
)
def test_what_the_model_does_not_take_is_refused(identity, pool_id, members):
    wanted = {"IdentityPoolId": pool_id, "Logins": {DEVELOPER: "ann"}} | members
    with refused("ValidationException"):
        identity.get_open_id_token_for_developer_identity(**wanted)


def test_a_pool_knows_one_developer_provider(identity, pool, account, pool_id):
    for logins in ({"other.app": "ann"}, {}, {provider_of(pool): pool.sign_in()["IdToken"]}):
        with refused("NotAuthorizedException", UNSUPPORTED):
            identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins=logins)
    without = make_identity_pool(identity, account)
    with refused("NotAuthorizedException", UNSUPPORTED):
        identity.get_open_id_token_for_developer_identity(IdentityPoolId=without, Logins={DEVELOPER: "ann"})
    two = {DEVELOPER: "ann", "other.app": "ann"}
    with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
        identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins=two)
    with refused("InvalidParameterException", "A developer user identifier has 1 to 1024 characters."):
        identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins={DEVELOPER: "x" * 1025})


def test_nobody_vouches_for_himself(identity, pool_id, developer):
    logins = {DEVELOPER: "ann"}
    own = developer("ann")["IdentityId"]
    with refused("InvalidParameterException", "Please provide a valid public provider"):
        identity.get_id(IdentityPoolId=pool_id, Logins=logins)
    for call in (identity.get_open_id_token, identity.get_credentials_for_identity):
        with refused("InvalidParameterException", "Please provide a valid public provider"):
            call(IdentityId=own, Logins=logins)
    with refused("InvalidParameterException", "Please provide a valid public provider"):
        identity.unlink_identity(IdentityId=own, Logins=logins, LoginsToRemove=["graph.facebook.com"])
    with refused("InvalidParameterException", "Please provide a valid public provider"):
        identity.unlink_identity(IdentityId=own, Logins={}, LoginsToRemove=[DEVELOPER])


def test_the_token_is_good_for_the_credentials_of_its_identity(connect, identity, developer, account):
    ann, ben = developer("ann"), developer("ben")
    answer = identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins={OWN: ann["Token"]})
    caller = connect("sts", credentials=answer["Credentials"]).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/authenticated/CognitoIdentityCredentials"
    with refused("NotAuthorizedException", MISMATCH):
        identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins={OWN: ben["Token"]})
    with refused("NotAuthorizedException", f"Access to Identity '{ann['IdentityId']}' is forbidden."):
        identity.get_credentials_for_identity(IdentityId=ann["IdentityId"])
    admin = role(account, "admin")
    with refused("NotAuthorizedException", f"Access to Role '{admin}' is forbidden."):
        identity.get_credentials_for_identity(
            IdentityId=ann["IdentityId"], Logins={OWN: ann["Token"]}, CustomRoleArn=admin
        )


def test_a_token_under_aws_s_own_name_is_checked_in_full(identity, pool, account, developer):
    ann = developer("ann")
    elsewhere = make_identity_pool(identity, account, DeveloperProviderName=DEVELOPER)
    foreign = identity.get_open_id_token_for_developer_identity(IdentityPoolId=elsewhere, Logins={DEVELOPER: "ann"})
    cases = {
        "Invalid login token. Not a Cognito token.": pool.sign_in()["IdToken"],
        "Invalid login token. Not a valid OpenId Connect identity token.": "garbage",
        "Invalid login token. Couldn't verify signed token.": altered(ann["Token"], 2),
        "Token is not from a supported provider of this identity pool.": foreign["Token"],
    }
    for message, token in cases.items():
        with refused("NotAuthorizedException", message):
            identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins={OWN: token})
    unsigned = jwt.encode(claims(ann["Token"]), "", algorithm="none")
    with refused("NotAuthorizedException", re.compile(r"Invalid login token\. .+")):
        identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins={OWN: unsigned})


def test_the_token_is_a_login_for_credentials_only(identity, pool, pool_id, developer):
    ann = developer("ann")
    own, bob = {OWN: ann["Token"]}, {provider_of(pool): pool.sign_in()["IdToken"]}
    calls = (
        lambda: identity.get_id(IdentityPoolId=pool_id, Logins=own),
        lambda: identity.get_open_id_token(IdentityId=ann["IdentityId"], Logins=own),
        lambda: identity.unlink_identity(IdentityId=ann["IdentityId"], Logins=own, LoginsToRemove=[provider_of(pool)]),
        lambda: developer("ann", own),
    )
    for call in calls:
        with refused("NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token."):
            call()
    # Nor does it make somebody else's login one of its identity.
    with refused("NotAuthorizedException", MISMATCH):
        identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins=own | bob)
    assert identity.describe_identity(IdentityId=ann["IdentityId"])["Logins"] == [DEVELOPER]
    assert identity.get_id(IdentityPoolId=pool_id, Logins=bob)["IdentityId"] != ann["IdentityId"]


def test_a_guest_s_token_is_good_for_a_guest(identity, pool, pool_id):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    own = {OWN: identity.get_open_id_token(IdentityId=guest)["Token"]}
    bob = {provider_of(pool): pool.sign_in()["IdToken"]}
    identity.get_credentials_for_identity(IdentityId=guest, Logins=own)
    identity.get_credentials_for_identity(IdentityId=guest, Logins=bob)
    with refused("NotAuthorizedException", f"Access to Identity '{guest}' is forbidden."):
        identity.get_credentials_for_identity(IdentityId=guest, Logins=own)
    pool.add_user("eve")
    eve = {provider_of(pool): pool.sign_in("eve")["IdToken"]}
    with refused("NotAuthorizedException", MISMATCH):
        identity.get_credentials_for_identity(IdentityId=guest, Logins=own | eve)
    identity.get_credentials_for_identity(IdentityId=guest, Logins=own | bob)


def test_a_guest_s_token_ends_with_the_guests(identity, account):
    pool_id = make_identity_pool(identity, account)
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    own = {OWN: identity.get_open_id_token(IdentityId=guest)["Token"]}
    identity.update_identity_pool(
        IdentityPoolId=pool_id, IdentityPoolName="world", AllowUnauthenticatedIdentities=False
    )
    with refused("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."):
        identity.get_credentials_for_identity(IdentityId=guest, Logins=own)


def test_a_developer_s_user_may_have_public_logins_too(identity, pool, pool_id, developer, lookup):
    login = {provider_of(pool): pool.sign_in()["IdToken"]}
    both = developer("ann", login)
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login)["IdentityId"] == both["IdentityId"]
    assert identity.describe_identity(IdentityId=both["IdentityId"])["Logins"] == [provider_of(pool), DEVELOPER]
    sub = claims(login[provider_of(pool)])["sub"]
    assert claims(both["Token"])["amr"] == [
        "authenticated", DEVELOPER, f"{DEVELOPER}:{pool_id}:ann",
        provider_of(pool), f"{provider_of(pool)}:CognitoSignIn:{sub}",
    ]  # fmt: skip
    assert lookup(IdentityId=both["IdentityId"])["DeveloperUserIdentifierList"] == ["ann"]


def test_an_identity_takes_a_developer_s_user_on(identity, pool, pool_id, developer):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    assert developer("ann", IdentityId=guest)["IdentityId"] == guest
    assert developer("ann")["IdentityId"] == guest
    # An identity that has logins already wants one of them beside the new user.
    login = {provider_of(pool): pool.sign_in()["IdToken"]}
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=login)["IdentityId"]
    with refused("NotAuthorizedException", MISMATCH):
        developer("ben", IdentityId=bobs)
    assert developer("ben", login, IdentityId=bobs)["IdentityId"] == bobs
    with refused("DeveloperUserAlreadyRegisteredException", REGISTERED):
        developer("ann", login, IdentityId=bobs)
    with refused("DeveloperUserAlreadyRegisteredException", REGISTERED):
        developer("ann", IdentityId=identity.get_id(IdentityPoolId=pool_id)["IdentityId"])
    unknown = "us-west-2:00000000-0000-4000-8000-000000000000"
    with refused("ResourceNotFoundException", f"Identity '{unknown}' not found."):
        developer("cleo", IdentityId=unknown)


def test_two_users_of_a_user_pool_are_not_one_of_the_developer(identity, pool, developer):
    pool.add_user("carol")
    developer("ann", {provider_of(pool): pool.sign_in("bob")["IdToken"]})
    with refused("ResourceConflictException", "Logins are already linked to another identity."):
        developer("ann", {provider_of(pool): pool.sign_in("carol")["IdToken"]})


def test_a_user_is_looked_up_both_ways(developer, lookup):
    ann, ben = developer("ann")["IdentityId"], developer("ben")["IdentityId"]
    both = {"IdentityId": ann, "DeveloperUserIdentifierList": ["ann"]}
    assert lookup(IdentityId=ann) == lookup(DeveloperUserIdentifier="ann") == both
    assert lookup(IdentityId=ann, DeveloperUserIdentifier="ann") == both
    with refused("ResourceConflictException", OTHER):
        lookup(IdentityId=ben, DeveloperUserIdentifier="ann")
    with refused("ResourceNotFoundException", "Developer user identifier 'nobody' not found."):
        lookup(DeveloperUserIdentifier="nobody")
    unknown = "us-west-2:00000000-0000-4000-8000-000000000000"
    with refused("ResourceNotFoundException", f"Identity '{unknown}' not found."):
        lookup(IdentityId=unknown)
    with refused("InvalidParameterException", "Either IdentityId or DeveloperUserIdentifier must be provided."):
        lookup()


def test_users_of_one_identity_are_listed_page_by_page(identity, pool_id, developer, lookup):
    names = [f"user{n}" for n in range(5)]
    first = developer(names[0])["IdentityId"]
    for name in names[1:]:
        developer(name)
        merged = identity.merge_developer_identities(
            IdentityPoolId=pool_id,
            DeveloperProviderName=DEVELOPER,
            SourceUserIdentifier=name,
            DestinationUserIdentifier=names[0],
        )
        assert body(merged) == {"IdentityId": first}
    found, token = [], {}
    while True:
        page = lookup(IdentityId=first, MaxResults=2, **token)
        assert page["IdentityId"] == first
        found.append(page["DeveloperUserIdentifierList"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [names[:2], names[2:4], names[4:]]
    other = developer("other")["IdentityId"]
    with refused("InvalidParameterException", "Paging Marker is Invalid for Request"):
        lookup(IdentityId=other, MaxResults=2, **token)


def test_a_merge_leaves_the_destination(identity, pool, pool_id, developer, lookup):
    login = {provider_of(pool): pool.sign_in()["IdToken"]}
    ann, ben = developer("ann", login), developer("ben")
    merge = {"IdentityPoolId": pool_id, "DeveloperProviderName": DEVELOPER}
    answer = identity.merge_developer_identities(
        **merge, SourceUserIdentifier="ann", DestinationUserIdentifier="ben"
    )
    assert body(answer) == {"IdentityId": ben["IdentityId"]}
    assert lookup(DeveloperUserIdentifier="ann") == {
        "IdentityId": ben["IdentityId"],
        "DeveloperUserIdentifierList": ["ann", "ben"],
    }
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login)["IdentityId"] == ben["IdentityId"]
    # The source's token stands for an identity that is none any more.
    with refused("ResourceNotFoundException", f"Identity '{ann['IdentityId']}' not found."):
        identity.get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins={OWN: ann["Token"]})
    with refused("InvalidParameterException", "The developer user identifiers belong to the same identity."):
        identity.merge_developer_identities(**merge, SourceUserIdentifier="ann", DestinationUserIdentifier="ben")


def test_what_cannot_be_merged_is_refused(identity, pool, pool_id, developer):
    pool.add_user("carol")
    developer("ann", {provider_of(pool): pool.sign_in("bob")["IdToken"]})
    developer("ben", {provider_of(pool): pool.sign_in("carol")["IdToken"]})
    ends = {"SourceUserIdentifier": "ann", "DestinationUserIdentifier": "ben"}
    merge = {"IdentityPoolId": pool_id, "DeveloperProviderName": DEVELOPER} | ends
    with refused("ResourceConflictException", "Logins are already linked to another identity."):
        identity.merge_developer_identities(**merge)
    with refused("NotAuthorizedException", UNSUPPORTED):
        identity.merge_developer_identities(**merge | {"DeveloperProviderName": "other.app"})
    for end in ends:
        with refused("ResourceNotFoundException", "Developer user identifier 'nobody' not found."):
            identity.merge_developer_identities(**merge | {end: "nobody"})


def test_twenty_logins_are_the_most(identity, pool_id, developer):
    merge = {"IdentityPoolId": pool_id, "DeveloperProviderName": DEVELOPER, "DestinationUserIdentifier": "user0"}
    for n in range(21):
        developer(f"user{n}")
    for n in range(1, 20):
        identity.merge_developer_identities(**merge, SourceUserIdentifier=f"user{n}")
    with refused("ResourceConflictException", "An identity can have at most 20 linked logins."):
        identity.merge_developer_identities(**merge, SourceUserIdentifier="user20")


def test_an_unlinked_user_is_a_new_identity(identity, pool, pool_id, developer, lookup):
    login = {provider_of(pool): pool.sign_in()["IdToken"]}
    ann = developer("ann", login)["IdentityId"]
    ben = developer("ben")["IdentityId"]
    unlink = {"IdentityPoolId": pool_id, "DeveloperProviderName": DEVELOPER}
    cases = [
        ({"IdentityId": ben, "DeveloperUserIdentifier": "ann"}, "ResourceConflictException", OTHER),
        (
            {"IdentityId": ann, "DeveloperUserIdentifier": "nobody"},
            "ResourceNotFoundException",
            "Developer user identifier 'nobody' not found.",
        ),
        (
            {"IdentityId": ann, "DeveloperUserIdentifier": "ann", "DeveloperProviderName": "other.app"},
            "NotAuthorizedException",
            UNSUPPORTED,
        ),
    ]
    for members, code, message in cases:
        with refused(code, message):
            identity.unlink_developer_identity(**unlink | members)
    for identity_id, user in ((ann, "ann"), (ben, "ben")):
        answer = identity.unlink_developer_identity(
            **unlink, IdentityId=identity_id, DeveloperUserIdentifier=user
        )
        assert body(answer) == {}
    # Ann's identity has a login left, ben's has none.
    assert lookup(IdentityId=ann)["DeveloperUserIdentifierList"] == []
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login)["IdentityId"] == ann
    with refused("ResourceNotFoundException", f"Identity '{ben}' not found."):
        lookup(IdentityId=ben)
    assert developer("ann")["IdentityId"] not in (ann, ben)
    assert developer("ben")["IdentityId"] not in (ann, ben)
