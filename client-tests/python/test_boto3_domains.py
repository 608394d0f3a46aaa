"""Domains of user pools, and the secrets of app clients."""

import re

import pytest

from conftest import aws_client
from expect import body, refused

INVALID = "InvalidParameterException"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="domains")["UserPool"]["Id"]


@pytest.fixture
def prefix(account):
    return f"app-{account}"


def test_a_prefix_domain_lives_from_creation_to_deletion(idp, pool, prefix, account):
    named = {"UserPoolId": pool, "Domain": prefix}
    assert body(idp.create_user_pool_domain(**named)) == {"ManagedLoginVersion": 1}
    description = idp.describe_user_pool_domain(Domain=prefix)["DomainDescription"]
    assert re.fullmatch(r"d[0-9a-z]{13}\.cloudfront\.net", description.pop("CloudFrontDistribution"))
    assert description == named | {
        "AWSAccountId": account,
        "S3Bucket": "aws-cognito-prod-us-west-2-assets",
        "Status": "ACTIVE",
        "ManagedLoginVersion": 1,
    }
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Domain"] == prefix
    with refused(INVALID, "User pool already has a domain configured."):
        idp.create_user_pool_domain(UserPoolId=pool, Domain=prefix + "2")
    assert idp.update_user_pool_domain(**named, ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    with refused(
        INVALID, "User pool cannot be deleted. It has a domain configured that should be deleted first."
    ):
        idp.delete_user_pool(UserPoolId=pool)
    assert body(idp.delete_user_pool_domain(**named)) == {}
    assert body(idp.describe_user_pool_domain(Domain=prefix)) == {"DomainDescription": {}}
    for call in (idp.delete_user_pool_domain, idp.update_user_pool_domain):
        with refused("ResourceNotFoundException", "Domain does not exist."):
            call(**named)
    idp.delete_user_pool(UserPoolId=pool)


def test_a_domain_belongs_to_one_pool(idp, pool, prefix):
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain=prefix)
    with refused(INVALID, "Domain already associated with another user pool."):
        idp.create_user_pool_domain(UserPoolId=other, Domain=prefix)


def test_a_custom_domain_stands_beside_a_prefix(idp, pool, prefix, account):
    name = f"auth.{account}.example.com"
    made = idp.create_user_pool_domain(UserPoolId=pool, Domain=name, CustomDomainConfig=CERTIFICATE)
    idp.create_user_pool_domain(UserPoolId=pool, Domain=prefix)
    description = idp.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert description["CloudFrontDistribution"] == made["CloudFrontDomain"]
    assert description["CustomDomainConfig"] == CERTIFICATE
    described = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert (described["Domain"], described["CustomDomain"]) == (prefix, name)


@pytest.mark.parametrize("domain", ["Upper", "with.dot", "-a", "a_b"])
def test_a_prefix_has_its_characters(idp, pool, domain):
    with refused(
        INVALID,
        "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, "
        "and hyphens. Please enter a different name that follows this format: "
        r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$",
    ):
        idp.create_user_pool_domain(UserPoolId=pool, Domain=domain)


@pytest.mark.parametrize("domain", ["nodots", "a..example.com", "-a.example.com"])
def test_a_custom_domain_is_a_name_below_another(idp, pool, domain):
    with refused(
        INVALID,
        "Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record "
        "exists for the root domain.",
    ):
        idp.create_user_pool_domain(UserPoolId=pool, Domain=domain, CustomDomainConfig=CERTIFICATE)


def test_what_a_domain_may_not_be_is_refused(idp, pool, prefix):
    for word in ("aws", "amazon", "cognito"):
        with refused(INVALID, f"Domain cannot contain reserved word: {word}"):
            idp.create_user_pool_domain(UserPoolId=pool, Domain=f"my-{word}-app")
    with refused(INVALID, "Invalid ManagedLoginVersion: it must be 1 or 2."):
        idp.create_user_pool_domain(UserPoolId=pool, Domain=prefix, ManagedLoginVersion=3)
    lite = idp.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    with refused("FeatureUnavailableInTierException", "Managed login is not available in the LITE tier."):
        idp.create_user_pool_domain(UserPoolId=lite, Domain=prefix, ManagedLoginVersion=2)


def test_secrets_of_a_client_rotate(idp, pool):
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c", GenerateSecret=True)["UserPoolClient"]
    named = {"UserPoolId": pool, "ClientId": client["ClientId"]}
    (first,) = idp.list_user_pool_client_secrets(**named)["ClientSecrets"]
    assert re.fullmatch(rf"{client['ClientId']}--[0-9]+", first["ClientSecretId"]) and "ClientSecretValue" not in first
    with refused(INVALID, "The last client secret of an app client cannot be deleted."):
        idp.delete_user_pool_client_secret(**named, ClientSecretId=first["ClientSecretId"])
    second = idp.add_user_pool_client_secret(**named)["ClientSecretDescriptor"]
    assert re.fullmatch(r"[0-9a-z]{52}", second["ClientSecretValue"])
    listed = idp.list_user_pool_client_secrets(**named)["ClientSecrets"]
    assert [it["ClientSecretId"] for it in listed] == [first["ClientSecretId"], second["ClientSecretId"]]
    with refused("LimitExceededException", "An app client can have at most 2 active client secrets."):
        idp.add_user_pool_client_secret(**named)
    assert body(idp.delete_user_pool_client_secret(**named, ClientSecretId=first["ClientSecretId"])) == {}
    described = idp.describe_user_pool_client(**named)["UserPoolClient"]
    assert described["ClientSecret"] == second["ClientSecretValue"]
    with refused("ResourceNotFoundException", "Client secret nowhere does not exist."):
        idp.delete_user_pool_client_secret(**named, ClientSecretId="nowhere")
    own = idp.add_user_pool_client_secret(**named, ClientSecret="x" * 24)["ClientSecretDescriptor"]
    assert "ClientSecretValue" not in own
    public = idp.create_user_pool_client(UserPoolId=pool, ClientName="p")["UserPoolClient"]["ClientId"]
    with refused(INVALID, "The app client is not configured with a client secret."):
        idp.add_user_pool_client_secret(UserPoolId=pool, ClientId=public)


def test_a_seed_gives_a_pool_its_domain(start_server, tmp_path):
    seed = tmp_path / "domain.yaml"
    seed.write_text("UserPools: [{Id: us-west-2_Domain001, PoolName: p, Domain: demo}]")
    seeded = aws_client(start_server("--seed", seed, "--seed", seed), "cognito-idp")
    assert seeded.describe_user_pool_domain(Domain="demo")["DomainDescription"]["UserPoolId"] == "us-west-2_Domain001"
