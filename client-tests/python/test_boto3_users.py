"""Users through boto3, as an administrator makes, reads, lists and deletes them."""

import re
from types import SimpleNamespace

import pytest

from expect import UUID, attributes, body, refused, undated

# The third group of a user's sub begins with 7 in every pool of the last years.
SUB = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
UNKNOWN_POOL = "us-west-2_Nowhere01"


@pytest.fixture
def users(idp) -> SimpleNamespace:
    """The admin calls on an empty pool."""
    pool_id = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]

    def create(username, **options):
        return idp.admin_create_user(UserPoolId=pool_id, Username=username, MessageAction="SUPPRESS", **options)

    return SimpleNamespace(
        pool_id=pool_id,
        create=create,
        get=lambda username: idp.admin_get_user(UserPoolId=pool_id, Username=username),
        delete=lambda username: idp.admin_delete_user(UserPoolId=pool_id, Username=username),
        set_password=lambda username, password, **options: idp.admin_set_user_password(
            UserPoolId=pool_id, Username=username, Password=password, **options
        ),
        list=lambda **options: idp.list_users(UserPoolId=pool_id, **options),
    )


def named(**values) -> list[dict]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_a_new_user_must_change_the_password(users):
    created = body(users.create("carol", UserAttributes=named(email="carol@example.com", email_verified="true")))[
        "User"
    ]
    assert created["UserCreateDate"] == created["UserLastModifiedDate"]
    assert created["Attributes"][0]["Name"] == "sub"
    found = attributes(created["Attributes"])
    assert SUB.fullmatch(found.pop("sub"))
    assert found == {"email": "carol@example.com", "email_verified": "true"}
    assert undated(created) == {
        "Username": "carol",
        "Attributes": created["Attributes"],
        "Enabled": True,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
    }

    got = body(users.get("carol"))
    assert attributes(got.pop("UserAttributes")) == attributes(created.pop("Attributes"))
    assert got == created


def test_a_permanent_password_confirms_the_user_and_a_temporary_one_takes_it_back(users):
    users.create("carol")
    assert body(users.set_password("carol", "Passw0rd!", Permanent=True)) == {}
    assert users.get("carol")["UserStatus"] == "CONFIRMED"
    assert body(users.set_password("carol", "Passw0rd?")) == {}
    assert users.get("carol")["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_a_username_is_taken_once(users):
    users.create("carol")
    with refused("UsernameExistsException", "User account already exists"):
        users.create("carol")


def test_usernames_differ_by_case_in_a_default_pool(users):
    subs = {attributes(users.create(name)["User"]["Attributes"])["sub"] for name in ("carol", "Carol")}
    assert len(subs) == 2


def test_usernames_do_not_differ_by_case_where_the_pool_says_so(idp):
    pool_id = idp.create_user_pool(PoolName="people", UsernameConfiguration={"CaseSensitive": False})["UserPool"]["Id"]
    idp.admin_create_user(UserPoolId=pool_id, Username="Carol", MessageAction="SUPPRESS")
    assert idp.admin_get_user(UserPoolId=pool_id, Username="carol")["Username"] == "Carol"
    with refused("UsernameExistsException", "User account already exists"):
        idp.admin_create_user(UserPoolId=pool_id, Username="CAROL", MessageAction="SUPPRESS")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Pa0!", "Password not long enough"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rdd", "Password must have symbol characters"),
    ],
)
def test_a_password_against_the_policy_is_refused_with_its_first_fault(users, password, reason):
    with refused("InvalidPasswordException", f"Password did not conform with policy: {reason}"):
        users.create("carol", TemporaryPassword=password)
    with refused("UserNotFoundException", "User does not exist."):
        users.get("carol")

    users.create("carol")
    with refused("InvalidPasswordException", f"Password does not conform to policy: {reason}"):
        users.set_password("carol", password, Permanent=True)
    assert users.get("carol")["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_an_attribute_outside_the_schema_is_refused(users):
    told = "Attributes did not conform to the schema: custom:plan: Attribute does not exist in the schema.\n"
    with refused("InvalidParameterException", told):
        users.create("carol", UserAttributes=[{"Name": "custom:plan", "Value": "gold"}])
    assert users.list()["Users"] == []


@pytest.mark.parametrize("value", ["no at sign", "a@"])
def test_a_malformed_email_address_is_refused(users, value):
    with refused("InvalidParameterException", "Invalid email address format."):
        users.create("carol", UserAttributes=named(email=value))


def test_a_malformed_phone_number_is_refused(users):
    with refused("InvalidParameterException", "Invalid phone number format."):
        users.create("carol", UserAttributes=named(phone_number="555-1234"))


def test_a_deleted_user_is_gone(users):
    users.create("carol")
    assert body(users.delete("carol")) == {}
    for call in (users.get, users.delete):
        with refused("UserNotFoundException", "User does not exist."):
            call("carol")
    assert body(users.list()) == {"Users": []}
    again = users.create("carol")["User"]
    assert again["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_admin_calls_on_an_unknown_user_are_refused(users):
    with refused("UserNotFoundException", "User does not exist."):
        users.get("nobody")
    with refused("UserNotFoundException", "User does not exist."):
        users.delete("nobody")
    with refused("UserNotFoundException", "User does not exist."):
        users.set_password("nobody", "Passw0rd!", Permanent=True)


def test_admin_calls_on_an_unknown_pool_are_refused(idp):
    unknown = {"UserPoolId": UNKNOWN_POOL}
    with refused("ResourceNotFoundException", f"User pool {UNKNOWN_POOL} does not exist."):
        idp.admin_create_user(**unknown, Username="carol")
    with refused("ResourceNotFoundException", f"User pool {UNKNOWN_POOL} does not exist."):
        idp.admin_get_user(**unknown, Username="carol")
    with refused("ResourceNotFoundException", f"User pool {UNKNOWN_POOL} does not exist."):
        idp.admin_set_user_password(**unknown, Username="carol", Password="Passw0rd!")
    with refused("ResourceNotFoundException", f"User pool {UNKNOWN_POOL} does not exist."):
        idp.admin_delete_user(**unknown, Username="carol")
    with refused("ResourceNotFoundException", f"User pool {UNKNOWN_POOL} does not exist."):
        idp.list_users(**unknown)


def test_a_pool_of_email_usernames_calls_its_users_by_their_sub(idp):
    pool_id = idp.create_user_pool(PoolName="mail", UsernameAttributes=["email"])["UserPool"]["Id"]
    create = {"UserPoolId": pool_id, "MessageAction": "SUPPRESS"}
    created = idp.admin_create_user(**create, Username="carol@example.com")["User"]
    sub = created["Username"]
    assert SUB.fullmatch(sub)
    found = attributes(created["Attributes"])
    assert (found["sub"], found["email"]) == (sub, "carol@example.com")
    for name in (sub, "carol@example.com"):
        assert idp.admin_get_user(UserPoolId=pool_id, Username=name)["Username"] == sub
    with refused("UsernameExistsException", "An account with the given email already exists."):
        idp.admin_create_user(**create, Username="carol@example.com")
    with refused("InvalidParameterException", "Username should be an email."):
        idp.admin_create_user(**create, Username="carol")


def test_a_verified_email_is_a_name_where_the_pool_has_it_as_an_alias(idp):
    pool_id = idp.create_user_pool(PoolName="alias", AliasAttributes=["email"])["UserPool"]["Id"]
    create = {"UserPoolId": pool_id, "MessageAction": "SUPPRESS"}
    idp.admin_create_user(
        **create, Username="carol", UserAttributes=named(email="carol@example.com", email_verified="true")
    )
    idp.admin_create_user(**create, Username="dave", UserAttributes=named(email="dave@example.com"))
    assert idp.admin_get_user(UserPoolId=pool_id, Username="carol@example.com")["Username"] == "carol"
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_get_user(UserPoolId=pool_id, Username="dave@example.com")
    with refused(
        "InvalidParameterException",
        "Username cannot be of email format, since user pool is configured for email alias.",
    ):
        idp.admin_create_user(**create, Username="erin@example.com")
    with refused("AliasExistsException", "An account with the given email already exists."):
        idp.admin_create_user(
            **create, Username="erin", UserAttributes=named(email="carol@example.com", email_verified="true")
        )


def test_an_email_is_no_name_in_a_pool_without_aliases(users):
    users.create("carol", UserAttributes=named(email="carol@example.com", email_verified="true"))
    with refused("UserNotFoundException", "User does not exist."):
        users.get("carol@example.com")
    # The sub names a user in every pool.
    sub = attributes(users.get("carol")["UserAttributes"])["sub"]
    assert UUID.fullmatch(sub) and users.get(sub)["Username"] == "carol"


def test_users_are_listed_page_by_page(users):
    created = {}
    for n in range(5):
        user = users.create(f"user{n}", UserAttributes=named(email=f"user{n}@example.com"))["User"]
        created[user["Username"]] = user

    pages, token = [], {}
    while True:
        page = body(users.list(Limit=2, **token))
        pages.append(page["Users"])
        if "PaginationToken" not in page:
            break
        token = {"PaginationToken": page["PaginationToken"]}
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = {user["Username"]: user for page in pages for user in page}
    assert list(listed) == [f"user{n}" for n in range(5)]
    for username, user in listed.items():
        assert attributes(user.pop("Attributes")) == attributes(created[username].pop("Attributes"))
        assert user == created[username]


def test_a_listing_of_users_shows_all_of_them_when_no_limit_or_limit_zero_is_given(users):
    for n in range(3):
        users.create(f"user{n}")
    for limit in ({}, {"Limit": 0}):
        page = body(users.list(**limit))
        assert len(page["Users"]) == 3 and "PaginationToken" not in page


def test_a_listing_of_users_shows_the_attributes_that_were_asked_for(users):
    users.create("carol", UserAttributes=named(email="carol@example.com", name="Carol"))
    user = users.list(AttributesToGet=["email"])["Users"][0]
    assert user["Attributes"] == named(email="carol@example.com")


def test_a_listing_of_users_refuses_a_page_token_that_nobody_gave_out(users):
    users.create("carol")
    with refused("InvalidParameterException", "Invalid pagination token."):
        users.list(Limit=1, PaginationToken="invented")


def test_a_user_counts_in_the_pools_estimate(idp, users):
    users.create("carol")
    assert idp.describe_user_pool(UserPoolId=users.pool_id)["UserPool"]["EstimatedNumberOfUsers"] == 1


def test_a_user_is_made_of_values_that_fit_together(idp, users):
    invalid = "InvalidParameterException"
    with refused(invalid, "Attribute value for name must not be null"):
        users.create("carol", UserAttributes=[{"Name": "name", "Value": ""}])
    with refused(invalid, "email is required to be specified as verified"):
        users.create("carol", UserAttributes=named(email_verified="true"))
    with refused(invalid, "Cannot modify the non-mutable attribute sub"):
        users.create("carol", UserAttributes=named(sub="a"))
    with refused(invalid, "User does not have the attribute email to deliver the invitation to."):
        idp.admin_create_user(UserPoolId=users.pool_id, Username="carol", DesiredDeliveryMediums=["EMAIL"])
    assert users.list()["Users"] == []
    by_email = idp.create_user_pool(PoolName="by email", UsernameAttributes=["email"])["UserPool"]["Id"]
    with refused(invalid, "Username should match the attribute email."):
        idp.admin_create_user(
            UserPoolId=by_email, Username="a@example.com", UserAttributes=named(email="b@example.com")
        )


def test_an_invitation_is_repeated_while_it_waits_only(idp, users):
    again = {"UserPoolId": users.pool_id, "Username": "carol", "MessageAction": "RESEND"}
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_create_user(**again)
    users.create("carol")
    users.set_password("carol", "Passw0rd!", Permanent=True)
    with refused(
        "UnsupportedUserStateException", "Resend not possible. carol status is not FORCE_CHANGE_PASSWORD"
    ):
        idp.admin_create_user(**again)


def test_a_password_is_not_used_again_while_it_is_remembered(idp, users):
    policy = {"PasswordPolicy": {"PasswordHistorySize": 1}}
    idp.update_user_pool(UserPoolId=users.pool_id, Policies=policy)
    users.create("carol")
    users.set_password("carol", "Passw0rd!", Permanent=True)
    with refused("PasswordHistoryPolicyViolationException", "Password has previously been used."):
        users.set_password("carol", "Passw0rd!", Permanent=True)


def test_a_listing_shows_attributes_that_are_there(users):
    users.create("carol", UserAttributes=named(email="carol@example.com"))
    shown = users.list(AttributesToGet=["email"])["Users"][0]["Attributes"]
    assert shown == named(email="carol@example.com")
    with refused("InvalidParameterException", "One or more requested attributes do not exist."):
        users.list(AttributesToGet=["custom:nowhere"])
    with refused("InvalidParameterException", "Input fails to satisfy the constraints."):
        users.list(AttributesToGet=["sub"])


def test_an_alias_is_of_one_user(idp):
    pool = {"UserPoolId": idp.create_user_pool(PoolName="aliases", AliasAttributes=["email"])["UserPool"]["Id"]}
    verified = named(email="a@example.com", email_verified="true")
    idp.admin_create_user(**pool, Username="carol", MessageAction="SUPPRESS", UserAttributes=verified)
    taken = ("AliasExistsException", "An account with the given email already exists.")
    idp.admin_create_user(**pool, Username="dave", MessageAction="SUPPRESS")
    with refused(*taken):
        idp.admin_update_user_attributes(**pool, Username="dave", UserAttributes=verified)


def test_options_of_the_oldest_second_factor_are_kept(idp, users):
    phone = named(phone_number="+15550001111", phone_number_verified="true")
    users.create("carol", UserAttributes=phone)
    options = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    who = {"UserPoolId": users.pool_id, "Username": "carol"}
    assert body(idp.admin_set_user_settings(**who, MFAOptions=options)) == {}
    assert users.get("carol")["MFAOptions"] == options
    assert body(idp.admin_get_user_auth_factors(**who))["Username"] == "carol"
