"""Updates and tags of identity pools, and the identities in them, through boto3."""

import re

import pytest

from expect import body, refused, undated
from identity_world import DEVELOPER, make_identity_pool, other_account, provider_of  # noqa: F401

FORBIDDEN = "Access to Identity '{}' is forbidden."
MISMATCH = "Logins don't match. Please include at least one valid login for this identity or identity pool."


@pytest.fixture
def pool_id(identity, pool, account):
    return make_identity_pool(identity, account, pool, DeveloperProviderName=DEVELOPER, IdentityPoolTags={"a": "1"})


@pytest.fixture
def two(idp, identity, pool, account):
    """Two user pools in which bob is, and an identity pool that takes both."""
    second = idp.create_user_pool(PoolName="second")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=second, ClientName="app", ExplicitAuthFlows=flows)
    client = client["UserPoolClient"]["ClientId"]
    names = (provider_of(pool), f"cognito-idp.us-west-2.amazonaws.com/{second}")
    providers = [{"ProviderName": n, "ClientId": c} for n, c in zip(names, (pool.client_id, client), strict=True)]

    def login(which, name):
        if which == 0:
            return {names[0]: pool.sign_in(name)["IdToken"]}
        secret = {"USERNAME": name, "PASSWORD": "Passw0rd!"}
        answer = idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=secret)
        return {names[1]: answer["AuthenticationResult"]["IdToken"]}

    pool.add_user("carol")
    for name in ("bob", "carol"):
        idp.admin_create_user(UserPoolId=second, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=second, Username=name, Password="Passw0rd!", Permanent=True)
    pool_id = make_identity_pool(identity, account, CognitoIdentityProviders=providers)
    return pool_id, names, login


def test_an_update_resets_what_it_leaves_out(identity, pool, pool_id):
    least = {"IdentityPoolId": pool_id, "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": False}
    # The developer provider cannot change, and tags have operations of their own: both stay.
    kept = {"DeveloperProviderName": DEVELOPER, "IdentityPoolTags": {"a": "1"}}
    assert body(identity.update_identity_pool(**least)) == least | kept
    assert body(identity.describe_identity_pool(IdentityPoolId=pool_id)) == least | kept
    provider = {"ProviderName": provider_of(pool), "ClientId": pool.client_id, "ServerSideTokenCheck": True}
    more = {"AllowClassicFlow": True, "CognitoIdentityProviders": [provider], "IdentityPoolTags": {"b": "2"}}
    assert body(identity.update_identity_pool(**least, **more)) == least | kept | more


def test_an_update_is_checked_as_a_creation_is(identity, pool_id):
    least = {"IdentityPoolId": pool_id, "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": False}
    before = body(identity.describe_identity_pool(IdentityPoolId=pool_id))
    cases = [
        (
            {"DeveloperProviderName": "another.app"},
            "InvalidParameterException",
            "DeveloperProviderName cannot be changed once it has been set.",
        ),
        (
            {"CognitoIdentityProviders": [{"ProviderName": "nonsense", "ClientId": "app"}]},
            "InvalidParameterException",
            "Invalid Cognito Identity Provider",
        ),
        (
            {"SamlProviderARNs": ["arn:aws:iam::000000000000:oidc-provider/a.example"]},
            "InvalidParameterException",
            "arn:aws:iam::000000000000:oidc-provider/a.example is not a valid ARN for this parameter.",
        ),
        (
            {"IdentityPoolTags": {str(n): "" for n in range(51)}},
            "LimitExceededException",
            "Exceeded maximum number of tags: 50",
        ),
        ({"IdentityPoolName": "no/name"}, "ValidationException", None),
    ]
    for members, code, message in cases:
        with refused(code, message):
            identity.update_identity_pool(**least | members)
    assert body(identity.describe_identity_pool(IdentityPoolId=pool_id)) == before


def test_a_developer_provider_can_be_added_once(identity, account):
    pool_id = make_identity_pool(identity, account)
    least = {"IdentityPoolId": pool_id, "IdentityPoolName": "a", "AllowUnauthenticatedIdentities": True}
    updated = identity.update_identity_pool(**least, DeveloperProviderName=DEVELOPER)
    assert updated["DeveloperProviderName"] == DEVELOPER
    assert identity.update_identity_pool(**least, DeveloperProviderName=DEVELOPER)["DeveloperProviderName"] == DEVELOPER


def test_tags_are_added_listed_and_taken_away(identity, pool_id, account):
    arn = {"ResourceArn": f"arn:aws:cognito-identity:us-west-2:{account}:identitypool/{pool_id}"}
    assert body(identity.list_tags_for_resource(**arn)) == {"Tags": {"a": "1"}}
    assert body(identity.tag_resource(**arn, Tags={"a": "2", "b": ""})) == {}
    assert identity.list_tags_for_resource(**arn)["Tags"] == {"a": "2", "b": ""}
    assert identity.describe_identity_pool(IdentityPoolId=pool_id)["IdentityPoolTags"] == {"a": "2", "b": ""}
    with refused("InvalidParameterException", "An identity pool can have at most 50 tags."):
        identity.tag_resource(**arn, Tags={f"t{n}": "" for n in range(49)})
    assert body(identity.untag_resource(**arn, TagKeys=["a", "nothing"])) == {}
    assert identity.list_tags_for_resource(**arn)["Tags"] == {"b": ""}
    identity.untag_resource(**arn, TagKeys=["b"])
    assert body(identity.list_tags_for_resource(**arn)) == {"Tags": {}}
    elsewhere = {"ResourceArn": arn["ResourceArn"].replace("us-west-2:", "eu-west-1:", 1)}
    with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
        identity.list_tags_for_resource(**elsewhere)


def test_an_identity_is_described_with_the_names_of_its_logins(identity, pool, pool_id):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    assert undated(body(identity.describe_identity(IdentityId=guest))) == {"IdentityId": guest}
    logins = {provider_of(pool): pool.sign_in()["IdToken"]}
    identity.get_credentials_for_identity(IdentityId=guest, Logins=logins)
    described = body(identity.describe_identity(IdentityId=guest))
    assert undated(described) == {"IdentityId": guest, "Logins": [provider_of(pool)]}
    assert described["CreationDate"] <= described["LastModifiedDate"]


def test_identities_are_listed_page_by_page(identity, pool, pool_id):
    made = [identity.get_id(IdentityPoolId=pool_id)["IdentityId"] for _ in range(5)]
    pages, token = [], {}
    while True:
        page = body(identity.list_identities(IdentityPoolId=pool_id, MaxResults=2, **token))
        assert page["IdentityPoolId"] == pool_id
        pages.append([it["IdentityId"] for it in page["Identities"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert pages == [made[:2], made[2:4], made[4:]]
    with refused("InvalidParameterException", "Paging Marker is Invalid for Request"):
        identity.list_identities(IdentityPoolId=pool_id, MaxResults=2, HideDisabled=True, **token)


def test_what_is_disabled_can_be_hidden(identity, pool, pool_id):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    logins = {provider_of(pool): pool.sign_in()["IdToken"]}
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    # The login belongs to bob's identity already: the guest's is given up.
    assert identity.get_credentials_for_identity(IdentityId=guest, Logins=logins)["IdentityId"] == bobs

    def listed(**members):
        answer = identity.list_identities(IdentityPoolId=pool_id, MaxResults=60, **members)
        return [it["IdentityId"] for it in answer["Identities"]]

    assert listed() == listed(HideDisabled=False) == [guest, bobs]
    assert listed(HideDisabled=True) == [bobs]
    for call in (identity.get_credentials_for_identity, identity.get_open_id_token):
        with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
            call(IdentityId=guest)


def test_deleted_identities_are_gone(connect, identity, pool, pool_id, other_account):  # noqa: F811
    logins = {provider_of(pool): pool.sign_in()["IdToken"]}
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    stranger = connect("cognito-identity", account=other_account)
    assert body(stranger.delete_identities(IdentityIdsToDelete=[guest])) == {
        "UnprocessedIdentityIds": [{"IdentityId": guest, "ErrorCode": "AccessDenied"}]
    }
    unknown = "us-west-2:00000000-0000-4000-8000-000000000000"
    deleted = body(identity.delete_identities(IdentityIdsToDelete=[bobs, unknown, bobs]))
    assert deleted == {"UnprocessedIdentityIds": []}
    for call in (identity.describe_identity, identity.get_credentials_for_identity):
        with refused("ResourceNotFoundException", f"Identity '{bobs}' not found."):
            call(IdentityId=bobs)
    assert identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"] != bobs
    for ids in ([], [guest] * 61):
        with refused("ValidationException"):
            identity.delete_identities(IdentityIdsToDelete=ids)


def test_two_logins_are_linked_and_found_by_either(identity, two):
    pool_id, names, login = two
    both = login(0, "bob") | login(1, "bob")
    linked = identity.get_id(IdentityPoolId=pool_id, Logins=both)["IdentityId"]
    for which in (0, 1):
        assert identity.get_id(IdentityPoolId=pool_id, Logins=login(which, "bob"))["IdentityId"] == linked
    assert identity.describe_identity(IdentityId=linked)["Logins"] == sorted(names)


def test_logins_of_two_identities_make_them_one(identity, two):
    pool_id, _, login = two
    first = identity.get_id(IdentityPoolId=pool_id, Logins=login(0, "bob"))["IdentityId"]
    second = identity.get_id(IdentityPoolId=pool_id, Logins=login(1, "bob"))["IdentityId"]
    both = login(0, "bob") | login(1, "bob")
    assert identity.get_credentials_for_identity(IdentityId=second, Logins=both)["IdentityId"] == second
    with refused("ResourceNotFoundException", f"Identity '{first}' not found."):
        identity.get_credentials_for_identity(IdentityId=first, Logins=login(0, "bob"))
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login(0, "bob"))["IdentityId"] == second


def test_two_users_of_one_provider_never_share_an_identity(identity, two):
    pool_id, _, login = two
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=login(0, "bob") | login(1, "bob"))["IdentityId"]
    identity.get_id(IdentityPoolId=pool_id, Logins=login(1, "carol"))
    conflict = "Logins are already linked to another identity."
    mixed = login(0, "bob") | login(1, "carol")
    with refused("ResourceConflictException", conflict):
        identity.get_id(IdentityPoolId=pool_id, Logins=mixed)
    for call in (identity.get_credentials_for_identity, identity.get_open_id_token):
        with refused("ResourceConflictException", conflict):
            call(IdentityId=bobs, Logins=mixed)
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login(1, "carol"))["IdentityId"] != bobs


def test_an_unlinked_login_is_a_new_identity(identity, two):
    pool_id, names, login = two
    both = login(0, "bob") | login(1, "bob")
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=both)["IdentityId"]
    answer = identity.unlink_identity(IdentityId=bobs, Logins=login(0, "bob"), LoginsToRemove=[names[1]])
    assert body(answer) == {}
    assert identity.describe_identity(IdentityId=bobs)["Logins"] == [names[0]]
    assert identity.get_id(IdentityPoolId=pool_id, Logins=login(1, "bob"))["IdentityId"] != bobs
    # What is not linked has nothing to lose.
    identity.unlink_identity(IdentityId=bobs, Logins=login(0, "bob"), LoginsToRemove=[names[1], "graph.facebook.com"])
    identity.unlink_identity(IdentityId=bobs, Logins=login(0, "bob"), LoginsToRemove=[names[0]])
    for call in (identity.get_credentials_for_identity, identity.get_open_id_token):
        with refused("ResourceNotFoundException", f"Identity '{bobs}' not found."):
            call(IdentityId=bobs, Logins=login(0, "bob"))


def test_only_who_is_linked_unlinks(identity, two):
    pool_id, names, login = two
    bobs = identity.get_id(IdentityPoolId=pool_id, Logins=login(0, "bob"))["IdentityId"]
    unlink = {"IdentityId": bobs, "LoginsToRemove": [names[0]]}
    with refused("NotAuthorizedException", MISMATCH):
        identity.unlink_identity(**unlink, Logins=login(0, "carol"))
    with refused("NotAuthorizedException", FORBIDDEN.format(bobs)):
        identity.unlink_identity(**unlink, Logins={})
    with refused("NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."):
        identity.unlink_identity(**unlink, Logins={names[0]: "garbage"})
    assert identity.describe_identity(IdentityId=bobs)["Logins"] == [names[0]]


def test_the_issuer_of_a_token_names_its_user_pool_too(server, identity, pool, pool_id):
    token = pool.sign_in()["IdToken"]
    named = identity.get_id(IdentityPoolId=pool_id, Logins={provider_of(pool): token})["IdentityId"]
    issuer = f"localhost:{server.port}/{pool.id}"
    assert identity.get_id(IdentityPoolId=pool_id, Logins={issuer: token})["IdentityId"] == named
    both = {issuer: token, provider_of(pool): token}
    answer = identity.get_credentials_for_identity(IdentityId=named, Logins=both)
    assert answer["IdentityId"] == named
    with refused("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"):
        identity.get_id(IdentityPoolId=pool_id, Logins={f"elsewhere.example/{pool.id}": token})


def test_a_checked_login_ends_with_its_session(idp, identity, pool, account):
    provider = {"ProviderName": provider_of(pool), "ClientId": pool.client_id, "ServerSideTokenCheck": True}
    checked = make_identity_pool(identity, account, CognitoIdentityProviders=[provider])
    unchecked = make_identity_pool(identity, account, pool)
    revoked = re.compile(r"Invalid login token\. .+")
    pool.add_user("carol")

    def revoke(tokens):
        idp.revoke_token(Token=tokens["RefreshToken"], ClientId=pool.client_id)

    ends = [
        revoke,
        lambda tokens: idp.global_sign_out(AccessToken=tokens["AccessToken"]),
        lambda tokens: idp.admin_disable_user(UserPoolId=pool.id, Username="carol"),
        lambda tokens: idp.admin_delete_user(UserPoolId=pool.id, Username="carol"),
    ]
    for end in ends:
        tokens = pool.sign_in("carol")
        logins = {provider_of(pool): tokens["IdToken"]}
        own = identity.get_id(IdentityPoolId=checked, Logins=logins)["IdentityId"]
        end(tokens)
        with refused("NotAuthorizedException", revoked):
            identity.get_id(IdentityPoolId=checked, Logins=logins)
        with refused("NotAuthorizedException", revoked):
            identity.get_credentials_for_identity(IdentityId=own, Logins=logins)
        # Where nobody asks for the check, signature and time are all.
        identity.get_id(IdentityPoolId=unchecked, Logins=logins)
        if end is ends[2]:
            idp.admin_enable_user(UserPoolId=pool.id, Username="carol")


def test_at_most_fifty_user_pools_are_trusted(identity, pool, account):
    provider = {"ProviderName": provider_of(pool)}
    providers = [provider | {"ClientId": f"app{n}"} for n in range(51)]
    with refused("LimitExceededException", "Exceeded maximum number of user pool providers: 50"):
        make_identity_pool(identity, account, CognitoIdentityProviders=providers)
    make_identity_pool(identity, account, CognitoIdentityProviders=providers[:50])
