"""Seeds: their own format, templates of CloudFormation and SAM, the data of cognito-local, users one a line."""

import json
import re
import time
import urllib.request

import pytest

import demo
from conftest import aws_client
from server import run
from test_seeded_factors import code

SEEDS = demo.SEED.parent / "seeds"


def told(ran) -> str:
    assert (ran.returncode, ran.stdout) == (1, ""), ran
    (line,) = ran.stderr.splitlines()
    return line


def outputs(server) -> dict[str, str]:
    """What the log says that a template's outputs are."""
    return dict(re.findall(r"seed output (\w+)=(\S+)", re.sub(r"\x1b\[[0-9;]*m", "", server.log())))


def sign_in(idp, client_id, username, password):
    given = {"USERNAME": username, "PASSWORD": password}
    return idp.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


# ---- The format of its own ----


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("UserPools:\n- PoolName: p\n  Magic: 1\n", ":3: UserPools[0].Magic: CreateUserPool has no such field"),
        (
            "UserPools:\n- PoolName: p\n  Clients:\n  - ClientName: c\n    AccessTokenValidity: many\n",
            ":5: UserPools[0].Clients[0].AccessTokenValidity: NUMBER_VALUE cannot be converted to Integer",
        ),
        (
            "UserPools:\n- PoolName: p\n  Policies:\n    PasswordPolicy:\n      MinimumLength: 3\n",
            ":5: UserPools[0].Policies.PasswordPolicy.MinimumLength: ",
        ),
        ("UserPools:\n- PoolName: p\n  PoolName: q\n", ":3: PoolName is there twice"),
        ('{\n"UserPools": [],\n"UserPools": []\n}', ":3: UserPools is there twice"),
        ("UserPools:\n- PoolName: !Ref p\n", ":2: !Ref is for templates, which have Resources"),
        ("UserPools:\n- PoolName: !Magic p\n", ":2: !Magic is not a tag of a seed or a template"),
        ("UserPools: [\n", ":"),
        ("UserPools:\n\t- a\n", ":2: "),
        ('{"UserPools": [\n{"PoolName": "p"', ":2: "),
        ("- a list\n", ": an object is wanted here"),
        ("UserPools:\n- PoolName: p\n  Users: [{Username: a, UserStatus: HAPPY}]\n", ":3: UserPools[0].Users[0].UserStatus: "),
        ("UserPools:\n- PoolName: p\n  Users: [{Username: a, MessageAction: RESEND}]\n", ":3: UserPools[0].Users[0].MessageAction: a seed sends"),
        ("UserPools:\n- PoolName: p\n  Clients: [{ClientName: c, UserPoolId: us-east-1_Other}]\n", ":3: UserPools[0].Clients[0].UserPoolId: this is in us-east-1_"),
    ],
)
def test_what_is_wrong_has_a_file_a_line_and_a_path(tmp_path, text, line):
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    answer = told(run("check", bad))
    expected = f"cognitwin: {bad}{line}"
    if "NUMBER_VALUE" in line:
        expected = expected.split("NUMBER_VALUE")[0]
    assert answer.startswith(expected), answer


LAUGHS = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "a: &a [*a]\n",
        "[" * 200_000,
        '{"a":' * 200_000,
        "- " * 200_000,
        "a: 1e999\n",
        "UserPools: [{PoolName: p, DeviceConfiguration: 99999999999999999999999999}]",
        "UserPools: 7",
        "UserPools: [7]",
        "UserPools: [{PoolName: [p]}]",
        "UserPools: [{PoolName: p, Users: [[]]}]",
        "UserPools: [{PoolName: p, Clients: {a: b}}]",
        "UserPools: [{PoolName: p, Domain: 7}]",
        "IdentityPools: [{IdentityPoolId: 'x:y'}]",
        "Resources: 7",
        "Resources: {A: 7}",
        "Resources: {A: {Type: 7}}",
        "Resources: {A: {Type: AWS::Cognito::UserPool, Properties: 7}}",
        "Resources: {A: {Type: AWS::Cognito::UserPool, DependsOn: {}}}",
        "Resources: {A: {Type: AWS::Cognito::UserPool, Nonsense: 1}}",
        "Resources: {}\nConditions: 7",
        "Resources: {}\nParameters: {P: 7}",
        "Resources: {}\nOutputs: {P: {Value: !Ref Nobody}}",
        "Resources: {A: {Type: 'AWS::Cognito::UserPool', Properties: {UserPoolName: !Join [a]}}}",
        "\x00\x01",
        "a: b\n---\nc: d\n",
        "%YAML 9.9\n---\n!<tag:x> a",
    ],
)
def test_hostile_seeds_are_one_line_and_nothing_starts(tmp_path, text):
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    began = time.monotonic()
    ran = run("--port", 0, "--seed", bad)
    assert (ran.returncode, ran.stdout) == (2, ""), ran
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"cognitwin: {bad}:") and len(line) < 1000, line[:300]
    assert time.monotonic() - began < 20


def test_what_is_not_utf_8_is_refused(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"UserPools: [\xff]")
    assert told(run("check", bad)) == f"cognitwin: {bad}: stream did not contain valid UTF-8"


def test_everything_of_a_pool_can_be_written(start_server, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        """
UserPools:
  - Id: us-east-1_Whole0001
    PoolName: whole
    UserPoolTier: PLUS
    UserPoolAddOns: {AdvancedSecurityMode: AUDIT}
    MfaConfiguration: OPTIONAL
    SoftwareTokenMfaConfiguration: {Enabled: true}
    WebAuthnConfiguration: {RelyingPartyId: example.com, UserVerification: required}
    Domain: whole
    CustomDomain: auth.example.com
    ResourceServers: [{Identifier: orders, Name: Orders, Scopes: [{ScopeName: read, ScopeDescription: Reads}]}]
    IdentityProviders:
      - ProviderName: Google
        ProviderType: Google
        ProviderDetails: {client_id: a, client_secret: b, authorize_scopes: openid}
        AttributeMapping: {email: email}
    Clients:
      - ClientId: wholeclient
        ClientName: web
        ClientSecret: asecretofmorethan24characters
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]
        SupportedIdentityProviders: [COGNITO, Google]
      - {ClientName: "_custom_id_:fixed"}
    Groups: [{GroupName: admins, Precedence: 0}]
    RiskConfigurations:
      - CompromisedCredentialsRiskConfiguration: {Actions: {EventAction: BLOCK}}
    UICustomizations: [{ClientId: ALL, CSS: ".label-customizable {font-weight: 400;}"}]
    ManagedLoginBrandings: [{ClientId: wholeclient, UseCognitoProvidedValues: true}]
    Terms:
      - ClientId: wholeclient
        TermsName: terms-of-use
        TermsSource: LINK
        Enforcement: NONE
        Links: {cognito:default: "https://example.com/terms"}
    LogConfigurations:
      - EventSource: userNotification
        LogLevel: ERROR
        CloudWatchLogsConfiguration: {LogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:g"}
    Users:
      - Username: alice
        Password: Passw0rd!
        Sub: 11111111-2222-7333-8444-555555555555
        UserAttributes: {phone_number: +15550100, email_verified: true, email: alice@example.com}
        Groups: [admins]
        UserCreateDate: 2024-01-02T03:04:05Z
      - {Username: bob, TemporaryPassword: Passw0rd!, Enabled: false}
"""
    )
    server = start_server("--seed", seed, "--seed", seed)
    idp = aws_client(server, "cognito-idp", region="us-east-1")
    pool_id = "us-east-1_Whole0001"
    described = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert (described["Domain"], described["CustomDomain"], described["MfaConfiguration"]) == ("whole", "auth.example.com", "OPTIONAL")
    mfa = idp.get_user_pool_mfa_config(UserPoolId=pool_id)
    assert mfa["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert mfa["WebAuthnConfiguration"]["RelyingPartyId"] == "example.com"
    assert {row["ClientId"] for row in idp.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]} == {"wholeclient", "fixed"}
    client = idp.describe_user_pool_client(UserPoolId=pool_id, ClientId="wholeclient")["UserPoolClient"]
    assert client["ClientSecret"] == "asecretofmorethan24characters"
    risk = idp.describe_risk_configuration(UserPoolId=pool_id)["RiskConfiguration"]
    assert risk["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}
    assert "font-weight" in idp.get_ui_customization(UserPoolId=pool_id)["UICustomization"]["CSS"]
    style = idp.describe_managed_login_branding_by_client(UserPoolId=pool_id, ClientId="wholeclient")
    assert style["ManagedLoginBranding"]["UseCognitoProvidedValues"] is True
    assert [row["TermsName"] for row in idp.list_terms(UserPoolId=pool_id, MaxResults=10)["Terms"]] == ["terms-of-use"]
    logs = idp.get_log_delivery_configuration(UserPoolId=pool_id)["LogDeliveryConfiguration"]["LogConfigurations"]
    assert [row["EventSource"] for row in logs] == ["userNotification"]
    alice = idp.admin_get_user(UserPoolId=pool_id, Username="alice")
    attributes = {row["Name"]: row["Value"] for row in alice["UserAttributes"]}
    assert attributes["sub"] == "11111111-2222-7333-8444-555555555555" and attributes["phone_number"] == "+15550100"
    assert alice["UserStatus"] == "CONFIRMED" and alice["UserCreateDate"].isoformat().startswith("2024-01-02T03:04:05")
    bob = idp.admin_get_user(UserPoolId=pool_id, Username="bob")
    assert (bob["UserStatus"], bob["Enabled"]) == ("FORCE_CHANGE_PASSWORD", False)
    assert [it["Username"] for it in idp.list_users_in_group(UserPoolId=pool_id, GroupName="admins")["Users"]] == ["alice"]


def test_what_the_cli_prints_is_a_seed_as_it_is(start_server, tmp_path):
    server = start_server("--seed", demo.SEED)
    idp, identity = aws_client(server, "cognito-idp"), aws_client(server, "cognito-identity")
    pool = idp.create_user_pool(
        PoolName="printed",
        UsernameAttributes=["email"],
        Schema=[{"Name": "points", "AttributeDataType": "Number"}],
    )["UserPool"]
    idp.set_user_pool_mfa_config(
        UserPoolId=pool["Id"], MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    client = idp.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c", GenerateSecret=True)
    idp.create_user_pool_domain(UserPoolId=pool["Id"], Domain="printed")
    idp.admin_create_user(
        UserPoolId=pool["Id"], Username="a@example.com", MessageAction="SUPPRESS", UserAttributes=[{"Name": "custom:points", "Value": "7"}]
    )
    pages = {
        "1-pool.json": idp.describe_user_pool(UserPoolId=pool["Id"]),
        "2-client.json": {"UserPoolClient": client["UserPoolClient"]},
        "3-users.json": {"UserPools": [{"Id": pool["Id"], "PoolName": "printed", "Users": idp.list_users(UserPoolId=pool["Id"])["Users"]}]},
        "4-identity-pool.json": identity.describe_identity_pool(IdentityPoolId="us-west-2:11111111-2222-4333-8444-555555555555"),
    }
    folder = tmp_path / "printed"
    folder.mkdir()
    for name, page in pages.items():
        page.pop("ResponseMetadata", None)
        (folder / name).write_text(json.dumps(page, default=str))
    (folder / "notes.txt").write_text("not a seed")
    (folder / "4-identity-pool.json").write_text(
        (folder / "4-identity-pool.json").read_text().replace("us-west-2_Demo12345", pool["Id"]).replace(demo.CLIENT_ID, client["UserPoolClient"]["ClientId"])
    )
    again = start_server("--seed", folder, "--seed", folder)
    idp2 = aws_client(again, "cognito-idp")

    def timeless(page):
        return {k: v for k, v in page.items() if "Date" not in k}

    before, after = (it.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] for it in (idp, idp2))
    assert timeless(after) == timeless(before)
    assert idp2.get_user_pool_mfa_config(UserPoolId=pool["Id"])["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    (user,) = idp2.list_users(UserPoolId=pool["Id"])["Users"]
    (was,) = idp.list_users(UserPoolId=pool["Id"])["Users"]
    assert timeless(user) == timeless(was)


# ---- Users, one a line ----


def test_users_may_stand_one_a_line(start_server, tmp_path):
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "UserPools: [{Id: us-west-2_Lines0001, PoolName: p, Clients: [{ClientId: lines, ClientName: c, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}]}]"
    )
    row = {"UserPoolId": "us-west-2_Lines0001", "Password": "Passw0rd!"}
    lines = [json.dumps(row | {"Username": f"user{i}", "UserAttributes": {"email": f"u{i}@example.com"}}) for i in range(2500)]
    (folder / "b.jsonl").write_text("\n".join(lines) + "\n\n")
    server = start_server("--seed", folder, "--seed", folder / "b.jsonl")
    idp = aws_client(server, "cognito-idp")
    assert idp.describe_user_pool(UserPoolId="us-west-2_Lines0001")["UserPool"]["EstimatedNumberOfUsers"] == 2500
    assert sign_in(idp, "lines", "user2499", "Passw0rd!")["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (['{"UserPoolId": "us-west-2_Demo12345", "Username": "b"}', "nonsense"], ":2: expected "),
        (['{"Username": "b"}'], ":1: UserPoolId is wanted here"),
        (['{"UserPoolId": "us-west-2_Nobody", "Username": "b"}'], ":1: UserPoolId: "),
        (["", '{"UserPoolId": "us-west-2_Demo12345", "Username": "b", "Password": "x"}'], ":2: "),
        (['{"UserPoolId": "us-west-2_Demo12345", "Username": "b", "Groups": ["none"]}'], ":1: "),
        (['{"UserPoolId": "us-west-2_Demo12345", "Username": "b", "Magic": 1}'], ":1: Magic: AdminCreateUser has no such field"),
        (["x" * 2_000_000], ":1: a line has 1 MiB at the most"),
    ],
)
def test_a_bad_line_is_named(tmp_path, lines, line):
    users = tmp_path / "users.jsonl"
    users.write_text("\n".join(lines))
    answer = told(run("check", demo.SEED, users))
    assert answer.startswith(f"cognitwin: {users}{line}"), answer


# ---- Templates ----


def test_a_template_of_the_cdk(start_server):
    template = SEEDS / "Shop.template.json"
    server = start_server("--seed", template, "--region", "eu-west-1")
    shown = outputs(server)
    again = start_server("--seed", template, "--seed", template, "--region", "eu-west-1")
    assert outputs(again) == shown and shown["Login"] == "https://cdk-shop.auth.eu-west-1.amazoncognito.com"
    assert re.fullmatch(r"eu-west-1_[0-9A-Za-z]{9}", shown["PoolId"]) and re.fullmatch("[0-9a-z]{26}", shown["WebClientId"])
    idp = aws_client(server, "cognito-idp", region="eu-west-1")
    pool = idp.describe_user_pool(UserPoolId=shown["PoolId"])["UserPool"]
    assert re.fullmatch("Customers6955EA0A-[0-9A-Za-z]{12}", pool["Name"])
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
    assert pool["AliasAttributes"] == ["email"] and pool["Domain"] == "cdk-shop"
    assert pool["LambdaConfig"] == {"PreSignUp": "arn:aws:lambda:eu-west-1:000000000000:function:Greet8553ACA9"}
    custom = {it["Name"]: it for it in pool["SchemaAttributes"] if it["Name"].startswith("custom:")}
    assert custom["custom:points"]["NumberAttributeConstraints"] == {"MinValue": "0", "MaxValue": "100"}
    mfa = idp.get_user_pool_mfa_config(UserPoolId=shown["PoolId"])
    assert (mfa["MfaConfiguration"], mfa["SoftwareTokenMfaConfiguration"]) == ("OPTIONAL", {"Enabled": True})
    web = idp.describe_user_pool_client(UserPoolId=shown["PoolId"], ClientId=shown["WebClientId"])["UserPoolClient"]
    assert web["AllowedOAuthScopes"] == ["openid", "email", "orders/read"]
    assert sorted(web["SupportedIdentityProviders"]) == ["COGNITO", "Google"]
    (group,) = idp.list_groups(UserPoolId=shown["PoolId"])["Groups"]
    assert (group["GroupName"], group["Precedence"]) == ("admins", 1)
    identity = aws_client(server, "cognito-identity", region="eu-west-1")
    (row,) = identity.list_identity_pools(MaxResults=10)["IdentityPools"]
    providers = identity.describe_identity_pool(IdentityPoolId=row["IdentityPoolId"])["CognitoIdentityProviders"]
    assert providers[0]["ClientId"] == shown["WebClientId"]
    roles = identity.get_identity_pool_roles(IdentityPoolId=row["IdentityPoolId"])["Roles"]
    assert re.fullmatch("arn:aws:iam::000000000000:role/Shop-Guest397FA793-[0-9A-Z]{12}", roles["unauthenticated"])
    assert "AWS::IAM::Role Guest397FA793 is not created" in server.log()


@pytest.mark.parametrize("name", ["members.yaml", "members.translated.json"])
def test_a_template_of_sam_and_what_its_translator_makes_of_it(start_server, name):
    server = start_server("--seed", SEEDS / name, "--seed-parameter", "Stage=prod", "--seed-parameter", "AWS::StackName=members")
    shown = outputs(server)
    idp = aws_client(server, "cognito-idp", region="us-east-1")
    pool = idp.describe_user_pool(UserPoolId=shown["PoolId"])["UserPool"]
    assert (pool["Name"], pool["Policies"]["PasswordPolicy"]["MinimumLength"]) == ("members-prod", 12)
    function = "arn:aws:lambda:us-east-1:000000000000:function:"
    assert pool["LambdaConfig"] == {
        "PreSignUp": f"{function}greeter",
        "PostConfirmation": f"{function}greeter",
        "PostAuthentication": f"{function}Auditor",
    }
    assert re.fullmatch("arn:aws:iam::000000000000:role/members-AuditorRole-[0-9A-Z]{12}", shown["RoleOfAuditor"])


def test_both_templates_of_sam_have_the_same_ids(start_server):
    ids = []
    for name in ("members.yaml", "members.translated.json"):
        server = start_server("--seed", SEEDS / name, env={"COGNITWIN_SEED_PARAMETER": "Stage=dev,AWS::StackName=members"})
        ids.append({k: v for k, v in outputs(server).items() if k in ("PoolId", "AppId")})
    assert ids[0] == ids[1] and len(ids[0]) == 2


EVERYTHING = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Name: {Type: String, Default: everything, MinLength: 3, AllowedPattern: '[a-z]+'}
  Origins: {Type: CommaDelimitedList, Default: 'https://a.example.com,https://b.example.com'}
  Strict: {Type: String, Default: 'true', AllowedValues: ['true', 'false']}
  Days: {Type: Number, Default: 5}
  Key: {Type: String, NoEcho: true, Default: s3cret-of-google}
Mappings:
  Lengths: {us-east-1: {Strict: 12, Lax: '8'}}
Conditions:
  IsStrict: !Equals [!Ref Strict, 'true']
  IsLax: !Not [!Condition IsStrict]
  Both: !And [!Condition IsStrict, !Or [!Condition IsLax, !Equals [a, a]]]
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Metadata: {any: thing}
    DeletionPolicy: Retain
    Properties:
      UserPoolName: !Join ['-', [!Ref Name, !Select [0, !Split ['.', 'pool.of.mine']]]]
      UserPoolTier: PLUS
      UserPoolTags: {stack: !Ref AWS::StackName, none: !Ref AWS::NoValue}
      UserPoolAddOns: !If [Both, {AdvancedSecurityMode: ENFORCED}, !Ref AWS::NoValue]
      Policies:
        PasswordPolicy:
          MinimumLength: !FindInMap [Lengths, !Ref AWS::Region, !If [IsStrict, Strict, Lax]]
          TemporaryPasswordValidityDays: !Ref Days
          RequireSymbols: !Ref Strict
      MfaConfiguration: 'ON'
      EnabledMfas: [SOFTWARE_TOKEN_MFA, EMAIL_OTP]
      EmailAuthenticationSubject: Your code
      EmailAuthenticationMessage: 'It is {####}'
      EmailConfiguration: {EmailSendingAccount: DEVELOPER, SourceArn: !Sub 'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/a@example.com'}
      WebAuthnRelyingPartyID: example.com
      WebAuthnUserVerification: preferred
      Schema: [{Name: tier, AttributeDataType: String, Mutable: 'true', StringAttributeConstraints: {MinLength: 1, MaxLength: '5'}}]
  Client:
    Type: AWS::Cognito::UserPoolClient
    DependsOn: [Google, Server]
    Properties:
      UserPoolId: !GetAtt Pool.UserPoolId
      GenerateSecret: true
      CallbackURLs: !Ref Origins
      AllowedOAuthFlows: [code]
      AllowedOAuthFlowsUserPoolClient: true
      AllowedOAuthScopes: [openid, !Sub '${Server}/read']
      SupportedIdentityProviders: [COGNITO, !Ref Google]
      RefreshTokenValidity: !Ref Days
  Google:
    Type: AWS::Cognito::UserPoolIdentityProvider
    Properties:
      UserPoolId: !Ref Pool
      ProviderName: Google
      ProviderType: Google
      ProviderDetails: {client_id: a, client_secret: !Ref Key, authorize_scopes: openid}
  Server:
    Type: AWS::Cognito::UserPoolResourceServer
    Properties: {UserPoolId: !Ref Pool, Identifier: orders, Name: Orders, Scopes: [{ScopeName: read, ScopeDescription: Reads}]}
  Domain:
    Type: AWS::Cognito::UserPoolDomain
    Properties: {UserPoolId: !Ref Pool, Domain: !Sub ['${N}-domain', {N: !Ref Name}], ManagedLoginVersion: '2'}
  Group:
    Type: AWS::Cognito::UserPoolGroup
    Properties: {UserPoolId: !Ref Pool, GroupName: admins, Precedence: '3', RoleArn: !GetAtt Role.Arn}
  User:
    Type: AWS::Cognito::UserPoolUser
    Properties: {UserPoolId: !Ref Pool, Username: alice, UserAttributes: [{Name: email, Value: alice@example.com}], DesiredDeliveryMediums: [EMAIL]}
  Quiet:
    Type: AWS::Cognito::UserPoolUser
    Properties: {UserPoolId: !Ref Pool, Username: quiet, MessageAction: SUPPRESS}
  Member:
    Type: AWS::Cognito::UserPoolUserToGroupAttachment
    Properties: {UserPoolId: !Ref Pool, Username: !Ref User, GroupName: !Ref Group}
  Risk:
    Type: AWS::Cognito::UserPoolRiskConfigurationAttachment
    Properties:
      UserPoolId: !Ref Pool
      ClientId: ALL
      CompromisedCredentialsRiskConfiguration: {Actions: {EventAction: BLOCK}}
  Look:
    Type: AWS::Cognito::UserPoolUICustomizationAttachment
    DependsOn: Domain
    Properties: {UserPoolId: !Ref Pool, ClientId: !Ref Client, CSS: '.label-customizable {font-weight: 400;}'}
  Logs:
    Type: AWS::Cognito::LogDeliveryConfiguration
    Properties:
      UserPoolId: !Ref Pool
      LogConfigurations: [{EventSource: userNotification, LogLevel: ERROR, CloudWatchLogsConfiguration: {LogGroupArn: !Sub 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${LogGroup}'}}]
  Style:
    Type: AWS::Cognito::ManagedLoginBranding
    Properties: {UserPoolId: !Ref Pool, ClientId: !Ref Client, UseCognitoProvidedValues: true, ReturnMergedResources: true}
  Terms:
    Type: AWS::Cognito::Terms
    Properties:
      {UserPoolId: !Ref Pool, ClientId: !Ref Client, TermsName: terms-of-use, TermsSource: LINK, Enforcement: NONE, Links: {cognito:default: 'https://example.com'}}
  Identities:
    Type: AWS::Cognito::IdentityPool
    Properties:
      AllowUnauthenticatedIdentities: 'false'
      CognitoIdentityProviders: [{ClientId: !Ref Client, ProviderName: !GetAtt Pool.ProviderName}]
  Roles:
    Type: AWS::Cognito::IdentityPoolRoleAttachment
    Properties:
      IdentityPoolId: !Ref Identities
      Roles: {authenticated: !GetAtt Role.Arn}
      RoleMappings:
        pool: {IdentityProvider: !Sub '${Pool.ProviderName}:${Client}', Type: Token, AmbiguousRoleResolution: Deny}
  Tags:
    Type: AWS::Cognito::IdentityPoolPrincipalTag
    Properties: {IdentityPoolId: !Ref Identities, IdentityProviderName: !GetAtt Pool.ProviderName, UseDefaults: 'false', PrincipalTags: {mail: email}}
  Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: reader}}
  LogGroup: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: users}}
  Absent: {Type: 'AWS::Cognito::UserPool', Condition: IsLax}
Outputs:
  PoolId: {Value: !Ref Pool, Export: {Name: pool}}
  ClientId: {Value: !GetAtt Client.ClientId}
  Secret: {Value: !GetAtt Client.ClientSecret}
  Key: {Value: !Sub 'key:${Key}'}
  Encoded: {Value: !Base64 hello}
  Url: {Value: !GetAtt Pool.ProviderURL}
  Stack: {Value: !Ref AWS::StackId}
  Literal: {Value: !Sub 'a${!b}c'}
  Nothing: {Value: !Ref Absent, Condition: IsLax}
"""


def test_every_resource_and_function_of_a_template(start_server, tmp_path):
    template = tmp_path / "everything.yaml"
    template.write_text(EVERYTHING)
    server = start_server("--seed", template, "--seed", template, "--seed-parameter", "Days=4")
    shown = outputs(server)
    assert (shown["Secret"], shown["Key"], shown["Encoded"], shown["Literal"]) == ("***", "***", "aGVsbG8=", "a${b}c")
    assert "Nothing" not in shown
    assert re.fullmatch(r"arn:aws:cloudformation:us-east-1:000000000000:stack/everything/[0-9a-f-]{36}", shown["Stack"])
    pool_id, client_id = shown["PoolId"], shown["ClientId"]
    assert shown["Url"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool_id}"
    idp = aws_client(server, "cognito-idp", region="us-east-1")
    (row,) = idp.list_user_pools(MaxResults=10)["UserPools"]
    assert (row["Id"], row["Name"]) == (pool_id, "everything-pool")
    pool = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert pool["UserPoolTags"] == {"stack": "everything"} and pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    policy = pool["Policies"]["PasswordPolicy"]
    assert (policy["MinimumLength"], policy["TemporaryPasswordValidityDays"], policy["RequireSymbols"]) == (12, 4, True)
    mfa = idp.get_user_pool_mfa_config(UserPoolId=pool_id)
    assert mfa["MfaConfiguration"] == "ON" and mfa["EmailMfaConfiguration"] == {"Subject": "Your code", "Message": "It is {####}"}
    assert mfa["WebAuthnConfiguration"] == {"RelyingPartyId": "example.com", "UserVerification": "preferred"}
    client = idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    assert re.fullmatch("Client-[0-9A-Za-z]{12}", client["ClientName"]) and re.fullmatch("[0-9a-z]{52}", client["ClientSecret"])
    assert client["CallbackURLs"] == ["https://a.example.com", "https://b.example.com"] and client["RefreshTokenValidity"] == 4
    assert client["AllowedOAuthScopes"] == ["openid", "orders/read"]
    domain = idp.describe_user_pool_domain(Domain="everything-domain")["DomainDescription"]
    assert (domain["UserPoolId"], domain["ManagedLoginVersion"]) == (pool_id, 2)
    group = idp.get_group(UserPoolId=pool_id, GroupName="admins")["Group"]
    assert (group["Precedence"], group["RoleArn"]) == (3, "arn:aws:iam::000000000000:role/reader")
    assert [it["Username"] for it in idp.list_users_in_group(UserPoolId=pool_id, GroupName="admins")["Users"]] == ["alice"]
    assert idp.admin_get_user(UserPoolId=pool_id, Username="alice")["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with urllib.request.urlopen(f"{server.url}/_cognitwin/messages", timeout=10) as answer:
        (letter,) = json.load(answer)
    assert (letter["username"], letter["destination"], letter["trigger"]) == ("alice", "alice@example.com", "CustomMessage_AdminCreateUser")
    assert letter["body"] == f"Your username is alice and temporary password is {letter['code']}. "
    risk = idp.describe_risk_configuration(UserPoolId=pool_id)["RiskConfiguration"]
    assert risk["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}
    assert idp.get_ui_customization(UserPoolId=pool_id, ClientId=client_id)["UICustomization"]["ClientId"] == client_id
    logs = idp.get_log_delivery_configuration(UserPoolId=pool_id)["LogDeliveryConfiguration"]["LogConfigurations"]
    assert logs[0]["CloudWatchLogsConfiguration"]["LogGroupArn"] == "arn:aws:logs:us-east-1:000000000000:log-group:users"
    assert idp.describe_managed_login_branding_by_client(UserPoolId=pool_id, ClientId=client_id)["ManagedLoginBranding"]
    assert idp.list_terms(UserPoolId=pool_id, MaxResults=10)["Terms"][0]["TermsName"] == "terms-of-use"
    identity = aws_client(server, "cognito-identity", region="us-east-1")
    (row,) = identity.list_identity_pools(MaxResults=10)["IdentityPools"]
    assert re.fullmatch("Identities-[0-9A-Za-z]{12}", row["IdentityPoolName"])
    roles = identity.get_identity_pool_roles(IdentityPoolId=row["IdentityPoolId"])
    assert roles["Roles"] == {"authenticated": "arn:aws:iam::000000000000:role/reader"}
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool_id}:{client_id}"
    tags = identity.get_principal_tag_attribute_map(
        IdentityPoolId=row["IdentityPoolId"], IdentityProviderName=provider.removesuffix(f":{client_id}")
    )
    assert (tags["UseDefaults"], tags["PrincipalTags"]) == (False, {"mail": "email"})
    assert roles["RoleMappings"] == {provider: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}


def template(resources="", rest=""):
    return f"Resources:\n  Pool: {{Type: AWS::Cognito::UserPool}}\n{resources}\n{rest}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            template("  A: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !Ref Nobody}}"),
            ":3: Resources.A.Properties.UserPoolId.Ref: there is no parameter and no resource Nobody in this stack",
        ),
        (
            template("  A: {Type: X::Y::Z, Properties: {B: !Ref B}}\n  B: {Type: X::Y::Z, Properties: {A: !Sub '${C.Arn}'}}\n  C: {Type: X::Y::Z, DependsOn: A}"),
            ":3: Resources.A: Circular dependency between resources: [A, B, C]",
        ),
        (
            template("  A: {Type: AWS::Cognito::UserPoolClient, Properties: {UserPoolId: !ImportValue pool}}"),
            ":3: Resources.A.Properties.UserPoolId.Fn::ImportValue: what another stack exports is not known here: give it to a parameter instead",
        ),
        (template(rest="Transform: AWS::LanguageExtensions"), ":4: Transform: the macro AWS::LanguageExtensions cannot be run here"),
        (template(rest="Parameters: {Stage: {Type: String}}"), ":4: Parameters.Stage: Stage has no value: --seed-parameter Stage=VALUE gives it"),
        (
            template(rest="Parameters: {Stage: {Type: String, Default: x, AllowedValues: [a, b]}}"),
            ":4: Parameters.Stage: x is not allowed: it is not among the AllowedValues",
        ),
        (
            template(rest="Parameters: {Stage: {Type: AWS::SSM::Parameter::Value<String>, Default: /x}}\nOutputs:\n  S: {Value: !Ref Stage}"),
            ":6: Outputs.S.Value.Ref: the value of Stage is kept elsewhere: --seed-parameter Stage=VALUE gives it",
        ),
        (template(rest="Conditions: {A: !Condition B, B: !Condition A}\nOutputs: {S: {Value: x, Condition: A}}"), ":4: Conditions."),
        (template(rest="Nonsense: {}"), ":4: Nonsense: not a section of a template"),
        (
            template("  A: {Type: AWS::Cognito::UserPool, Properties: {PoolName: p}}"),
            ":3: Resources.A.Properties.PoolName: AWS::Cognito::UserPool has no such property",
        ),
        (
            template("  A: {Type: AWS::Cognito::UserPool, Properties: {Policies: {PasswordPolicy: {MinimumLength: few}}}}"),
            ":3: Resources.A.Properties.Policies.PasswordPolicy.MinimumLength: ",
        ),
        (template("  A: {Type: AWS::Cognito::Magic, Properties: {UserPoolId: !Ref Pool}}"), ":3: Resources.A.Type: AWS::Cognito::Magic cannot be created here"),
        (
            template("  A: {Type: AWS::Cognito::UserPoolGroup, Properties: {UserPoolId: !Ref Pool, Description: '{{resolve:ssm:/x}}'}}"),
            ":3: Resources.A.Properties.Description: {{resolve:ssm:/x}} is not known here: --seed-parameter '{{resolve:ssm:/x}}=VALUE' gives it",
        ),
        (template(rest="Outputs: {S: {Value: !GetAtt Pool.Magic}}"), ":4: Outputs.S.Value.Fn::GetAtt: Pool has no attribute Magic"),
        (template(rest="Outputs: {S: {Value: !Select [3, [a]]}}"), ":4: Outputs.S.Value.Fn::Select: the list has no such element"),
        (template(rest="Outputs: {S: {Value: !FindInMap [a, b, c]}}"), ":4: Outputs.S.Value.Fn::FindInMap: the mappings have no a.b.c"),
        (
            template("".join(f"  F{i}: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: !Sub '${{F{i - 1}}}${{F{i - 1}}}'}}}}\n" for i in range(1, 60))
                     + "  F0: {Type: AWS::Lambda::Function, Properties: {FunctionName: aaaaaaaaaa}}", "Outputs: {S: {Value: !Ref F59}}"),
            None,
        ),
    ],
)
def test_what_is_wrong_in_a_template(tmp_path, text, line):
    bad = tmp_path / "bad.yaml"
    bad.write_text(text)
    ran = run("check", bad)
    if line is None:
        assert ran.returncode in (0, 1) and len(ran.stderr) < 2000
        return
    answer = told(ran)
    assert answer.startswith(f"cognitwin: {bad}{line}"), answer


def test_a_secret_kept_elsewhere_is_given_by_its_reference(start_server, tmp_path):
    seed = tmp_path / "seed.yaml"
    reference = "{{resolve:secretsmanager:google:SecretString:client_secret}}"
    seed.write_text(
        template(f"  G: {{Type: AWS::Cognito::UserPoolIdentityProvider, Properties: {{UserPoolId: !Ref Pool, ProviderName: Google, ProviderType: Google,"
                 f" ProviderDetails: {{client_id: a, authorize_scopes: openid, client_secret: '{reference}'}}}}}}", "Outputs: {P: {Value: !Ref Pool}}")
    )
    server = start_server("--seed", seed, "--seed-parameter", f"{reference}=found")
    idp = aws_client(server, "cognito-idp", region="us-east-1")
    provider = idp.describe_identity_provider(UserPoolId=outputs(server)["P"], ProviderName="Google")["IdentityProvider"]
    assert provider["ProviderDetails"]["client_secret"] == "found"


def test_a_parameter_that_no_template_knows_is_named(start_server, tmp_path):
    first, second, other = tmp_path / "first.yaml", tmp_path / "second.yaml", tmp_path / "other.yaml"
    first.write_text(template(rest="Parameters: {Stage: {Type: String}}"))
    second.write_text(template())
    other.write_text("UserPools: [{PoolName: p}]")
    given = ["--seed-parameter", "Stage=dev", "--seed-parameter", "Stge=hush", "--seed-parameter", "Days=1,Stge=hush"]
    problem = "cognitwin: Parameters: [Stge, Days] do not exist in the template\n"
    ran = run("check", first, second, other, *given)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", problem)
    seeds = ["--seed", first, "--seed", second, "--seed", other]
    ran = run("--port", 0, "--log", "warn", *seeds, *given)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", problem)
    ran = run("--port", 0, env={"COGNITWIN_SEED_PARAMETER": "Stage=dev"})
    assert (ran.returncode, ran.stderr) == (2, "cognitwin: Parameters: [Stage] do not exist in the template\n")
    # One template is enough, and every template knows its stack.
    start_server(*seeds, *given[:2], "--seed-parameter", "AWS::StackName=s,AWS::Region=eu-west-1")
    assert run("check", second, "--seed-parameter", "AWS::StackName=s").returncode == 0
    # What is wrong with a template comes first: nobody knows what else it would have asked for.
    second.write_text("Resources: {A: {}}")
    assert told(run("check", first, second, *given)).startswith(f"cognitwin: {second}:1: Resources.A.Type: ")


def test_the_folder_that_the_cdk_writes_is_a_seed(tmp_path):
    out = tmp_path / "cdk.out"
    out.mkdir()
    for name in ("manifest.json", "cdk.out", "tree.json"):
        (out / name).write_text('{"version": "1"}')
    (out / "Shop.template.json").write_text((SEEDS / "Shop.template.json").read_text())
    assert run("check", out).returncode == 0


# ---- cognito-local ----


@pytest.mark.parametrize("folder", ["", "db"])
def test_the_users_of_cognito_local_move(start_server, folder):
    path = SEEDS / "cognito-local" / folder
    server = start_server("--seed", path, "--seed", path)
    idp = aws_client(server, "cognito-idp", region="local")
    assert sorted(row["Id"] for row in idp.list_user_pools(MaxResults=10)["UserPools"]) == ["local_2Kd9xYmW", "local_4hAv6Pzk"]
    pool = idp.describe_user_pool(UserPoolId="local_4hAv6Pzk")["UserPool"]
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["LambdaConfig"] == {"CustomMessage": "arn:aws:lambda:local:000000000000:function:greeting"}
    # A password that the policy would refuse is kept, and so is an attribute that the pool did not declare.
    done = sign_in(idp, "9cehli62qxmki9mg5adjmucuq", "anna@example.com", "old pass")
    assert done["AuthenticationResult"]["IdToken"]
    anna = idp.admin_get_user(UserPoolId="local_4hAv6Pzk", Username="anna@example.com")
    attributes = {row["Name"]: row["Value"] for row in anna["UserAttributes"]}
    assert anna["Username"] == attributes["sub"] == "c443af37-2eab-4465-ac94-7ec8b814abad"
    assert (attributes["custom:plan"], attributes["email_verified"]) == ("gold", "true")
    ben = idp.admin_get_user(UserPoolId="local_4hAv6Pzk", Username="ben@example.com")
    assert (ben["UserStatus"], ben["Enabled"]) == ("UNCONFIRMED", False)
    assert ben["UserCreateDate"].isoformat().startswith("2023-02-18")
    # Who has a name beside the address keeps both.
    assert idp.describe_user_pool(UserPoolId="local_2Kd9xYmW")["UserPool"]["AliasAttributes"] == ["email"]
    client = idp.describe_user_pool_client(UserPoolId="local_2Kd9xYmW", ClientId="dq5hhp9pr3lm5sh8qqiv3wnfo")["UserPoolClient"]
    assert client["ClientSecret"] == "4xz3qf1h8d0m5t7v9b2n6k1p3r5w7y9a"
    clerk = idp.admin_get_user(UserPoolId="local_2Kd9xYmW", Username="clerk@example.com")
    assert (clerk["Username"], clerk["UserMFASettingList"]) == ("clerk", ["SOFTWARE_TOKEN_MFA"])
    (group,) = idp.admin_list_groups_for_user(UserPoolId="local_2Kd9xYmW", Username="clerk")["Groups"]
    assert (group["GroupName"], group["Precedence"]) == ("clerks", 3)
    assert len(code("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")) == 6


def test_one_pool_of_cognito_local_is_a_seed_too(start_server):
    server = start_server("--seed", SEEDS / "cognito-local" / "db" / "local_2Kd9xYmW.json")
    idp = aws_client(server, "cognito-idp", region="local")
    assert [row["Username"] for row in idp.list_users(UserPoolId="local_2Kd9xYmW")["Users"]] == ["clerk"]


def test_data_of_cognito_local_that_is_broken_is_named(tmp_path):
    db = tmp_path / ".cognito" / "db"
    db.mkdir(parents=True)
    (db / "clients.json").write_text('{"Clients": {\n"a": {"ClientId": "a", "ClientName": "a", "UserPoolId": "local_x"}}}')
    assert told(run("check", tmp_path / ".cognito")).startswith(f"cognitwin: {db}/clients.json:2: Clients.a.UserPoolId: ")
    (db / "local_x.json").write_text('{"Users": {"a": 7}, "Options": {"Id": "local_x"}}')
    assert told(run("check", tmp_path / ".cognito")) == f"cognitwin: {db}/local_x.json:1: Users.a: an object is wanted here"
