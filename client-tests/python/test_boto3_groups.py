"""Groups: their lifecycle, their members, and what they claim in tokens."""

import base64
import json

import pytest
from botocore.exceptions import ClientError

import demo
from conftest import aws_client
from expect import body, refused, undated
from server import run

ADMINS = "arn:aws:iam::000000000000:role/admins"
USERS = "arn:aws:iam::000000000000:role/users"
NO_GROUP = ("ResourceNotFoundException", "Group not found.")
NO_USER = ("UserNotFoundException", "User does not exist.")


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="groups")["UserPool"]["Id"]


def test_a_group_lives_from_creation_to_deletion(idp, pool):
    members = {"GroupName": "admins", "UserPoolId": pool, "Description": "who may", "RoleArn": ADMINS, "Precedence": 1}
    created = body(idp.create_group(**members))["Group"]
    assert undated(created) == members
    with refused("GroupExistsException", "A group with the name already exists."):
        idp.create_group(GroupName="admins", UserPoolId=pool)
    named = {"GroupName": "admins", "UserPoolId": pool}
    assert body(idp.get_group(**named))["Group"] == created
    updated = idp.update_group(**named, Precedence=7)["Group"]
    assert undated(updated) == members | {"Precedence": 7}
    assert idp.list_groups(UserPoolId=pool)["Groups"] == [updated]
    assert body(idp.delete_group(**named)) == {}
    for call in (idp.get_group, idp.update_group, idp.delete_group, idp.list_users_in_group):
        with refused(*NO_GROUP):
            call(**named)


def test_a_bare_group_has_nothing_more_than_its_name(idp, pool):
    created = idp.create_group(GroupName="bare", UserPoolId=pool)["Group"]
    assert undated(created) == {"GroupName": "bare", "UserPoolId": pool}


def test_members_come_and_go(idp, pool):
    for name in ("a", "b", "c"):
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.create_group(GroupName=name, UserPoolId=pool)
    for name in ("a", "b", "c"):
        for _ in range(2):
            idp.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="a")
        idp.admin_add_user_to_group(UserPoolId=pool, Username="b", GroupName=name)
    pages = idp.get_paginator("list_users_in_group").paginate(
        UserPoolId=pool, GroupName="a", PaginationConfig={"PageSize": 2}
    )
    assert [[user["Username"] for user in page["Users"]] for page in pages] == [["a", "b"], ["c"]]
    pages = idp.get_paginator("admin_list_groups_for_user").paginate(
        UserPoolId=pool, Username="b", PaginationConfig={"PageSize": 2}
    )
    assert [[group["GroupName"] for group in page["Groups"]] for page in pages] == [["a", "b"], ["c"]]
    for _ in range(2):
        idp.admin_remove_user_from_group(UserPoolId=pool, Username="b", GroupName="a")
    idp.delete_group(UserPoolId=pool, GroupName="c")
    left = idp.admin_list_groups_for_user(UserPoolId=pool, Username="b")["Groups"]
    assert [group["GroupName"] for group in left] == ["b"]
    idp.admin_delete_user(UserPoolId=pool, Username="a")
    users = idp.list_users_in_group(UserPoolId=pool, GroupName="a")["Users"]
    assert [user["Username"] for user in users] == ["c"]
    for call in (idp.admin_add_user_to_group, idp.admin_remove_user_from_group):
        with refused(*NO_GROUP):
            call(UserPoolId=pool, Username="b", GroupName="nowhere")
        with refused(*NO_USER):
            call(UserPoolId=pool, Username="nobody", GroupName="a")
    with refused(*NO_USER):
        idp.admin_list_groups_for_user(UserPoolId=pool, Username="nobody")


def test_groups_claim_names_roles_and_the_preferred_role(idp, pool, tmp_path, start_server):
    seed = tmp_path / "groups.yaml"
    seed.write_text(
        f"""
UserPools:
  - Id: us-west-2_Groups001
    PoolName: groups
    Clients: [{{ClientId: groups, ClientName: groups, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}}]
    Groups:
      - {{GroupName: users, Precedence: 5, RoleArn: "{USERS}"}}
      - {{GroupName: admins, Precedence: 0, RoleArn: "{ADMINS}"}}
    Users:
      - {{Username: alice, Password: Passw0rd!, Groups: [users, admins]}}
      - {{Username: bob, Password: Passw0rd!}}
"""
    )
    seeded = aws_client(start_server("--seed", seed), "cognito-idp", region=demo.REGION)

    def sign_in(username):
        return seeded.initiate_auth(
            ClientId="groups",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": "Passw0rd!"},
        )["AuthenticationResult"]

    tokens = sign_in("alice")
    id_claims, access_claims = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert id_claims["cognito:groups"] == access_claims["cognito:groups"] == ["admins", "users"]
    assert id_claims["cognito:roles"] == [ADMINS, USERS]
    assert id_claims["cognito:preferred_role"] == ADMINS
    assert not {"cognito:roles", "cognito:preferred_role"} & set(access_claims)
    tokens = sign_in("bob")
    for token in (tokens["IdToken"], tokens["AccessToken"]):
        assert not [claim for claim in claims(token) if claim.startswith("cognito:") and claim != "cognito:username"]


def test_a_seed_names_groups_that_are_there(server, tmp_path):
    seed = tmp_path / "bad.yaml"
    seed.write_text("UserPools: [{PoolName: p, Users: [{Username: a, Groups: [nowhere]}]}]")
    ran = run("check", seed)
    assert ran.returncode == 1 and "UserPools[0].Users[0]: " in ran.stderr and "Group not found." in ran.stderr


def test_group_members_are_listed_by_page_tokens_of_their_own(idp, pool):
    for name in ("a", "b"):
        idp.create_group(GroupName=name, UserPoolId=pool)
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="a")
    token = idp.list_users_in_group(UserPoolId=pool, GroupName="a", Limit=1)["NextToken"]
    with pytest.raises(ClientError) as caught:
        idp.list_users_in_group(UserPoolId=pool, GroupName="b", NextToken=token)
    assert caught.value.response["Error"]["Message"] == "Paging Marker is Invalid for Request"
