//! Replicas, provisioned limits, and the certificate under which a pool signs SAML requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Caller, DAY, OWNER, REGION, Server, text, with};

const ELSEWHERE: Caller = Caller {
    region: "us-west-2",
    key: Some("test"),
};

fn replicated_pool(server: &Server) -> String {
    let key = "arn:aws:kms:us-east-1:000000000000:key/mrk-1234";
    server.pool(json!({"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key}}))
}

fn replica(pool: &str, region: &str, status: &str, role: &str) -> Value {
    let arn = format!("arn:aws:cognito-idp:{region}:{ACCOUNT}:userpool/{pool}");
    json!({"RegionName": region, "Status": status, "Role": role, "UserPoolArn": arn})
}

#[test]
fn a_replica_is_made_activated_and_deleted() {
    let server = Server::new();
    let pool = replicated_pool(&server);
    let secondary = |status: &str| replica(&pool, "us-west-2", status, "SECONDARY");
    let named = json!({"UserPoolId": pool, "RegionName": "us-west-2"});
    let made = server.ok(
        "CreateUserPoolReplica",
        with(named.clone(), json!({"UserPoolTags": {"team": "west"}})),
    );
    assert_eq!(made, json!({"UserPoolReplica": secondary("CREATING")}));
    let listed = server.ok("ListUserPoolReplicas", json!({"UserPoolId": pool}));
    let primary = replica(&pool, REGION, "ACTIVE", "PRIMARY");
    assert_eq!(
        listed,
        json!({"UserPoolReplicas": [primary, secondary("INACTIVE")]})
    );
    let pools = server.ok("ListUserPools", json!({"MaxResults": 1}));
    assert_eq!(
        pools["UserPools"][0]["ReplicaRegions"],
        json!(["us-west-2"])
    );
    // From either region.
    for caller in [OWNER, ELSEWHERE] {
        for status in ["ACTIVE", "INACTIVE", "ACTIVE"] {
            let request = with(named.clone(), json!({"Status": status}));
            let updated = server.ok_as(caller, "UpdateUserPoolReplica", request);
            assert_eq!(updated, json!({"UserPoolReplica": secondary(status)}));
        }
    }
    server.refuses(
        "DeleteUserPoolReplica",
        named.clone(),
        "InvalidParameterException",
        "Replica in region us-west-2 must be INACTIVE to be deleted.",
    );
    server.ok(
        "UpdateUserPoolReplica",
        with(named.clone(), json!({"Status": "INACTIVE"})),
    );
    let deleted = server.ok("DeleteUserPoolReplica", named.clone());
    assert_eq!(deleted, json!({"UserPoolReplica": secondary("DELETING")}));
    server.refuses(
        "DeleteUserPoolReplica",
        named,
        "ResourceNotFoundException",
        "Replica in region us-west-2 does not exist.",
    );
    let listed = server.ok("ListUserPoolReplicas", json!({"UserPoolId": pool}));
    assert_eq!(listed, json!({"UserPoolReplicas": [primary]}));
    server.refuses_as(
        ELSEWHERE,
        "ListUserPoolReplicas",
        json!({"UserPoolId": pool}),
        "ResourceNotFoundException",
        &format!("User pool {pool} does not exist."),
    );
}

#[test]
fn a_replica_has_tags_of_its_own() {
    let server = Server::new();
    let pool = replicated_pool(&server);
    server.ok(
        "CreateUserPoolReplica",
        json!({"UserPoolId": pool, "RegionName": "us-west-2", "UserPoolTags": {"team": "west"}}),
    );
    let arn = |region: &str| format!("arn:aws:cognito-idp:{region}:{ACCOUNT}:userpool/{pool}");
    let tags = |caller: Caller| {
        let request = json!({"ResourceArn": arn(caller.region)});
        server.ok_as(caller, "ListTagsForResource", request)["Tags"].clone()
    };
    assert_eq!(tags(ELSEWHERE), json!({"team": "west"}));
    assert_eq!(tags(OWNER), json!({}));
    let request = json!({"ResourceArn": arn("us-west-2"), "Tags": {"stage": "test"}});
    server.ok_as(ELSEWHERE, "TagResource", request);
    let request = json!({"ResourceArn": arn("us-west-2"), "TagKeys": ["team"]});
    server.ok_as(ELSEWHERE, "UntagResource", request);
    assert_eq!(tags(ELSEWHERE), json!({"stage": "test"}));
    assert_eq!(tags(OWNER), json!({}));
}

#[test]
fn a_replica_that_cannot_be_is_refused() {
    let server = Server::new();
    let create = |pool: &str, region: &str| json!({"UserPoolId": pool, "RegionName": region});
    let pool = replicated_pool(&server);
    let invalid = "InvalidParameterException";
    for region in [REGION, "nowhere"] {
        server.refuses(
            "CreateUserPoolReplica",
            create(&pool, region),
            invalid,
            &format!("Invalid RegionName: {region}"),
        );
    }
    server.ok("CreateUserPoolReplica", create(&pool, "us-west-2"));
    server.refuses(
        "CreateUserPoolReplica",
        create(&pool, "eu-west-1"),
        "LimitExceededException",
        "The user pool already has a replica in us-west-2.",
    );
    server.refuses(
        "CreateUserPoolReplica",
        create(&server.pool(json!({})), "us-west-2"),
        invalid,
        "A replica requires a user pool with a multi-Region customer managed key in KeyConfiguration.",
    );
    server.refuses(
        "CreateUserPoolReplica",
        create(&server.pool(json!({"UserPoolTier": "LITE"})), "us-west-2"),
        "FeatureUnavailableInTierException",
        "Multi-Region replication is not available in the LITE tier.",
    );
    let primary = "The primary user pool cannot be updated or deleted as a replica.";
    server.refuses(
        "DeleteUserPoolReplica",
        create(&pool, REGION),
        invalid,
        primary,
    );
    let update = with(create(&pool, REGION), json!({"Status": "INACTIVE"}));
    server.refuses("UpdateUserPoolReplica", update, invalid, primary);
}

fn definition(category: &str) -> Value {
    json!({"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}})
}

#[test]
fn a_limit_is_provisioned_for_one_region() {
    let server = Server::new();
    let limit = |caller: Caller| {
        let answer = server.ok_as(caller, "GetProvisionedLimit", definition("UserCreation"));
        answer["Limit"].clone()
    };
    let expected = |value: i32| {
        let values = json!({"ProvisionedLimitValue": value, "FreeLimitValue": 50});
        with(definition("UserCreation"), values)
    };
    assert_eq!(limit(OWNER), expected(50));
    let update = with(
        definition("UserCreation"),
        json!({"RequestedLimitValue": 80}),
    );
    let updated = server.ok("UpdateProvisionedLimit", update);
    assert_eq!(updated, json!({"Limit": expected(80)}));
    assert_eq!(limit(OWNER), expected(80));
    assert_eq!(limit(ELSEWHERE), expected(50));
}

#[test]
fn a_limit_keeps_its_bounds() {
    let server = Server::new();
    let update = |category: &str, value: i32| {
        with(definition(category), json!({"RequestedLimitValue": value}))
    };
    let invalid = "InvalidParameterException";
    for (category, value, kind, message) in [
        (
            "UserCreation",
            49,
            invalid,
            "RequestedLimitValue must be at least the default limit of 50.",
        ),
        (
            "UserCreation",
            501,
            "ServiceQuotaExceededException",
            "RequestedLimitValue exceeds the account-level maximum of 500.",
        ),
        (
            "UserUpdate",
            26,
            invalid,
            "The limit of category UserUpdate is not adjustable.",
        ),
        (
            "Everything",
            1,
            "ResourceNotFoundException",
            "Limit for category Everything does not exist.",
        ),
    ] {
        server.refuses(
            "UpdateProvisionedLimit",
            update(category, value),
            kind,
            message,
        );
    }
    server.refuses(
        "GetProvisionedLimit",
        json!({"LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {}}}),
        invalid,
        "LimitDefinition requires the attribute Category.",
    );
    server.ok("UpdateProvisionedLimit", update("UserAuthentication", 300));
    let pool = server.pool(json!({}));
    let domain = json!({"UserPoolId": pool, "Domain": "demo", "ManagedLoginVersion": 2});
    server.ok("CreateUserPoolDomain", domain);
    server.refuses(
        "UpdateProvisionedLimit",
        update("UserAuthentication", 400),
        invalid,
        "The limit of category UserAuthentication cannot be provisioned for user pools with managed login.",
    );
}

#[test]
fn a_pool_keeps_its_signing_certificate_for_a_year() {
    let server = Server::new();
    let (one, other) = (server.pool(json!({})), server.pool(json!({})));
    let certificate = |pool: &str| {
        let answer = server.ok("GetSigningCertificate", json!({"UserPoolId": pool}));
        text(&answer["Certificate"])
    };
    let first = certificate(&one);
    let der = STANDARD.decode(&first).unwrap();
    assert_eq!(der[..2], [0x30, 0x82]);
    assert!(
        der.windows(one.len())
            .any(|window| window == one.as_bytes())
    );
    assert_ne!(certificate(&other), first);
    server.advance(364 * DAY);
    assert_eq!(certificate(&one), first);
    server.advance(DAY);
    assert_ne!(certificate(&one), first);
    server.refuses(
        "GetSigningCertificate",
        json!({"UserPoolId": "us-east-1_nowhere"}),
        "ResourceNotFoundException",
        "User pool us-east-1_nowhere does not exist.",
    );
}
