"""Replicas in other regions, provisioned limits, and the certificate under which a pool signs SAML requests."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding

from expect import body, refused

INVALID = "InvalidParameterException"
MISSING = "ResourceNotFoundException"
KEY = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": "arn:aws:kms:us-west-2:000000000000:key/mrk-1234"}


@pytest.fixture
def replicated(idp):
    return idp.create_user_pool(PoolName="replicated", KeyConfiguration=KEY)["UserPool"]["Id"]


def replica(pool, account, region, status, role="SECONDARY"):
    arn = f"arn:aws:cognito-idp:{region}:{account}:userpool/{pool}"
    return {"RegionName": region, "Status": status, "Role": role, "UserPoolArn": arn}


def test_a_replica_is_made_activated_and_deleted(connect, idp, account, replicated):
    named = {"UserPoolId": replicated, "RegionName": "us-east-1"}

    def secondary(status):
        return replica(replicated, account, "us-east-1", status)

    primary = replica(replicated, account, "us-west-2", "ACTIVE", "PRIMARY")
    made = idp.create_user_pool_replica(UserPoolTags={"team": "east"}, **named)
    assert body(made) == {"UserPoolReplica": secondary("CREATING")}
    assert body(idp.list_user_pool_replicas(UserPoolId=replicated)) == {
        "UserPoolReplicas": [primary, secondary("INACTIVE")]
    }
    (listed,) = idp.list_user_pools(MaxResults=60)["UserPools"]
    assert listed["ReplicaRegions"] == ["us-east-1"]
    east = connect("cognito-idp", region="us-east-1")
    updated = east.update_user_pool_replica(Status="ACTIVE", **named)
    assert body(updated) == {"UserPoolReplica": secondary("ACTIVE")}
    tags = east.list_tags_for_resource(ResourceArn=secondary("ACTIVE")["UserPoolArn"])["Tags"]
    assert tags == {"team": "east"}
    with refused(INVALID, "Replica in region us-east-1 must be INACTIVE to be deleted."):
        idp.delete_user_pool_replica(**named)
    idp.update_user_pool_replica(Status="INACTIVE", **named)
    assert body(idp.delete_user_pool_replica(**named)) == {"UserPoolReplica": secondary("DELETING")}
    for call, more in ((idp.delete_user_pool_replica, {}), (idp.update_user_pool_replica, {"Status": "ACTIVE"})):
        with refused(MISSING, "Replica in region us-east-1 does not exist."):
            call(**named, **more)
    with refused(MISSING, f"User pool {replicated} does not exist."):
        east.list_user_pool_replicas(UserPoolId=replicated)
    assert body(idp.list_user_pool_replicas(UserPoolId=replicated)) == {"UserPoolReplicas": [primary]}


def test_what_a_replica_needs(idp, replicated):
    plain = idp.create_user_pool(PoolName="plain")["UserPool"]["Id"]
    lite = idp.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    with refused(
        INVALID,
        "A replica requires a user pool with a multi-Region customer managed key in KeyConfiguration.",
    ):
        idp.create_user_pool_replica(UserPoolId=plain, RegionName="us-east-1")
    with refused(
        "FeatureUnavailableInTierException", "Multi-Region replication is not available in the LITE tier."
    ):
        idp.create_user_pool_replica(UserPoolId=lite, RegionName="us-east-1")
    for region in ("us-west-2", "somewhere"):
        with refused(INVALID, f"Invalid RegionName: {region}"):
            idp.create_user_pool_replica(UserPoolId=replicated, RegionName=region)
    idp.create_user_pool_replica(UserPoolId=replicated, RegionName="us-east-1")
    with refused("LimitExceededException", "The user pool already has a replica in us-east-1."):
        idp.create_user_pool_replica(UserPoolId=replicated, RegionName="eu-west-1")
    primary = "The primary user pool cannot be updated or deleted as a replica."
    with refused(INVALID, primary):
        idp.update_user_pool_replica(UserPoolId=replicated, RegionName="us-west-2", Status="INACTIVE")
    with refused(INVALID, primary):
        idp.delete_user_pool_replica(UserPoolId=replicated, RegionName="us-west-2")
    with refused(INVALID, "Invalid pagination token."):
        idp.list_user_pool_replicas(UserPoolId=replicated, NextToken="x")


def limit(category):
    return {"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}}


def test_a_limit_is_provisioned(connect, idp):
    def limited(value):
        return {"Limit": limit("UserAuthentication") | {"ProvisionedLimitValue": value, "FreeLimitValue": 120}}

    assert body(idp.get_provisioned_limit(**limit("UserAuthentication"))) == limited(120)
    updated = idp.update_provisioned_limit(RequestedLimitValue=300, **limit("UserAuthentication"))
    assert body(updated) == limited(300)
    assert body(idp.get_provisioned_limit(**limit("UserAuthentication"))) == limited(300)
    east = connect("cognito-idp", region="us-east-1")
    assert body(east.get_provisioned_limit(**limit("UserAuthentication"))) == limited(120)


def test_a_limit_has_bounds(idp):
    with refused(INVALID, "RequestedLimitValue must be at least the default limit of 50."):
        idp.update_provisioned_limit(RequestedLimitValue=49, **limit("UserCreation"))
    with refused("ServiceQuotaExceededException", "RequestedLimitValue exceeds the account-level maximum of 500."):
        idp.update_provisioned_limit(RequestedLimitValue=501, **limit("UserCreation"))
    with refused(INVALID, "The limit of category UserUpdate is not adjustable."):
        idp.get_provisioned_limit(**limit("UserUpdate"))
    with refused(MISSING, "Limit for category Everything does not exist."):
        idp.get_provisioned_limit(**limit("Everything"))


def test_the_signing_certificate_is_one(idp, pool):
    text = idp.get_signing_certificate(UserPoolId=pool.id)["Certificate"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    (name,) = certificate.subject
    assert (certificate.subject, name.value) == (certificate.issuer, pool.id)
    valid = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert timedelta(days=3651) <= valid <= timedelta(days=3653)
    key = certificate.public_key()
    assert key.key_size == 2048
    key.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        certificate.signature_hash_algorithm,
    )
    assert idp.get_signing_certificate(UserPoolId=pool.id)["Certificate"] == text
    with refused(MISSING, "User pool us-west-2_nowhere does not exist."):
        idp.get_signing_certificate(UserPoolId="us-west-2_nowhere")
