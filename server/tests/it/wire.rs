//! The envelope of both APIs: targets, signatures, JSON, validation, headers, and what is not there yet.

use bytes::Bytes;
use cognito_model::{Auth, Service};
use cognitwin::aws_json::implemented;
use cognitwin::http::{Body, respond};
use http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::server::{Caller, NOBODY, OWNER, PEER, REGION, Server, authorization, json_of, refusal};

const IDP: &str = "AWSCognitoIdentityProviderService";

fn header<'r>(response: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).collect::<Vec<_>>() == [8, 4, 4, 4, 12]
}

/// Every operation of both APIs, with its target.
fn operations() -> impl Iterator<Item = (&'static cognito_model::OperationInfo, String)> {
    Service::ALL
        .iter()
        .flat_map(|service| service.operations())
        .map(|operation| {
            (
                operation,
                format!("{}.{}", operation.service.target_prefix(), operation.name),
            )
        })
}

#[test]
fn a_success_has_its_content_type_a_request_id_and_cors() {
    let server = Server::new();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let response = server.call_as(OWNER, "ListUserPools", json!({"MaxResults": 1}));
            let mut names: Vec<&str> = response
                .headers()
                .keys()
                .map(|name| name.as_str())
                .collect();
            names.sort_unstable();
            let expected = [
                "access-control-allow-origin",
                "access-control-expose-headers",
                "content-type",
                "x-amzn-requestid",
            ];
            assert_eq!(names, expected);
            assert_eq!(
                header(&response, "content-type"),
                Some("application/x-amz-json-1.1")
            );
            assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
            let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
            assert_eq!(
                header(&response, "access-control-expose-headers"),
                Some(exposed)
            );
            header(&response, "x-amzn-requestid").unwrap().to_owned()
        })
        .collect();
    assert!(
        ids.iter().all(|id| is_uuid(id)) && ids[0] != ids[1],
        "{ids:?}"
    );
}

#[test]
fn a_refusal_repeats_itself_in_its_headers() {
    let server = Server::new();
    let response = server.call_as(
        OWNER,
        "DescribeUserPool",
        json!({"UserPoolId": "us-east-1_unknown"}),
    );
    let message = "User pool us-east-1_unknown does not exist.";
    assert_eq!(response.status(), 400);
    assert_eq!(
        json_of(&response),
        refusal("ResourceNotFoundException", message)
    );
    assert_eq!(
        header(&response, "content-type"),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(
        header(&response, "x-amzn-errortype"),
        Some("ResourceNotFoundException:")
    );
    assert_eq!(header(&response, "x-amzn-errormessage"), Some(message));
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    assert!(is_uuid(header(&response, "x-amzn-requestid").unwrap()));
}

#[test]
fn a_message_in_a_header_is_one_line_of_ascii() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let attributes =
        json!([{"Name": "custom:ä", "Value": "1"}, {"Name": "custom:b", "Value": "2"}]);
    let request = json!({"UserPoolId": pool, "Username": "alice", "UserAttributes": attributes});
    let response = server.call_as(OWNER, "AdminCreateUser", request);
    assert_eq!(
        header(&response, "x-amzn-errormessage"),
        Some(
            "Attributes did not conform to the schema: custom:?: Attribute does not exist in the schema. \
             custom:b: Attribute does not exist in the schema."
        )
    );
}

#[test]
fn a_target_that_nobody_knows_is_told_without_a_message() {
    let server = Server::new();
    for target in [
        "",
        "ListUserPools",
        "AWSCognitoIdentityProviderService.",
        "AWSCognitoIdentityProviderService.listuserpools",
        "AWSCognitoIdentityProviderService.GetId",
        "AWSCognitoIdentityService.ListUserPools",
        "DynamoDB_20120810.ListTables",
    ] {
        let response = server.call_target(OWNER, target, "{}".to_owned());
        assert_eq!(response.status(), 400, "{target}");
        assert_eq!(
            json_of(&response),
            json!({"__type": "UnknownOperationException"}),
            "{target}"
        );
        assert_eq!(
            header(&response, "x-amzn-errortype"),
            Some("UnknownOperationException:")
        );
        assert_eq!(header(&response, "x-amzn-errormessage"), None);
    }
    let response = server.send(Request::post("/").body("{}".to_owned()).unwrap());
    assert_eq!(
        json_of(&response),
        json!({"__type": "UnknownOperationException"})
    );
}

#[test]
fn what_is_no_json_object_is_told_without_a_message() {
    let server = Server::new();
    for body in [
        "{",
        "[]",
        "null",
        "\"text\"",
        "{} {}",
        "{\"a\":}",
        "\u{0}",
        &"[".repeat(10_000),
    ] {
        let response = server.call_target(OWNER, &format!("{IDP}.ListUserPools"), body.to_owned());
        assert_eq!(response.status(), 400, "{body}");
        assert_eq!(
            json_of(&response),
            json!({"__type": "SerializationException"}),
            "{body}"
        );
    }
}

#[test]
fn a_member_of_the_wrong_json_type_is_told_before_any_constraint() {
    let server = Server::new();
    for (operation, input, message) in [
        (
            "ListUserPools",
            json!({"MaxResults": "many"}),
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "ListUserPools",
            json!({"MaxResults": true}),
            "TRUE_VALUE can not be converted to an Integer",
        ),
        (
            "DescribeUserPool",
            json!({"UserPoolId": 1}),
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            "DescribeUserPool",
            json!({"UserPoolId": ["a"]}),
            "Start of list found where not expected.",
        ),
        (
            "DescribeUserPool",
            json!({"UserPoolId": {}}),
            "Start of structure or map found where not expected.",
        ),
        (
            "GetId",
            json!({"IdentityPoolId": "", "Logins": "x"}),
            "Unexpected field type",
        ),
    ] {
        server.refuses(operation, input, "SerializationException", message);
    }
}

#[test]
fn an_empty_body_is_an_empty_object() {
    let server = Server::new();
    let response = server.call_target(OWNER, &format!("{IDP}.ListUserPools"), String::new());
    let message = "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: Member must not be null";
    assert_eq!(
        json_of(&response),
        refusal("InvalidParameterException", message)
    );
}

#[test]
fn every_broken_constraint_of_a_request_is_told_in_one_message() {
    let server = Server::new();
    server.refuses(
        "AdminCreateUser",
        json!({"UserPoolId": "", "Username": "", "MessageAction": "SING"}),
        "InvalidParameterException",
        "5 validation errors detected: \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+; \
         Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+; \
         Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value 'SING' at 'messageAction' failed to satisfy constraint: Member must satisfy enum value set: [SUPPRESS, RESEND]",
    );
}

#[test]
fn identity_pools_have_a_code_of_their_own_for_broken_constraints() {
    let server = Server::new();
    for count in [0, 61] {
        let side = if count == 0 {
            "greater than or equal to 1"
        } else {
            "less than or equal to 60"
        };
        server.refuses(
            "ListIdentityPools",
            json!({"MaxResults": count}),
            "ValidationException",
            &format!(
                "1 validation error detected: Value '{count}' at 'maxResults' failed to satisfy constraint: \
                 Member must have value {side}"
            ),
        );
    }
}

#[test]
fn members_that_nobody_knows_and_null_are_ignored() {
    let server = Server::new();
    let request = json!({"MaxResults": 1, "NextToken": null, "Colour": {"red": [1]}});
    assert_eq!(
        server.ok("ListUserPools", request),
        json!({"UserPools": []})
    );
}

#[test]
fn an_operation_of_iam_wants_a_signature_and_a_public_one_does_not() {
    let server = Server::new();
    let (mut signed, mut public) = (0, 0);
    for (operation, target) in operations() {
        let response = server.call_target(NOBODY, &target, "{}".to_owned());
        let missing = refusal(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        );
        if operation.auth == Auth::Iam {
            assert_eq!(
                (response.status().as_u16(), json_of(&response)),
                (400, missing),
                "{target}"
            );
            signed += 1;
        } else {
            assert_ne!(json_of(&response), missing, "{target}");
            public += 1;
        }
    }
    assert_eq!((signed, public), (107 + 19, 34 + 4));
}

#[test]
fn a_signature_is_asked_for_before_the_body_is_read() {
    let server = Server::new();
    let response = server.call_target(NOBODY, &format!("{IDP}.ListUserPools"), "{".to_owned());
    let missing = refusal(
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );
    assert_eq!(json_of(&response), missing);
}

#[test]
fn a_signature_that_lacks_a_part_names_the_part() {
    let server = Server::new();
    let whole = authorization("test", REGION);
    for (value, part) in [
        ("Basic dGVzdA==".to_owned(), "Credential"),
        (whole.replace("Credential=", "Identity="), "Credential"),
        (whole.replace("/aws4_request", ""), "Credential"),
        (
            whole.replace("Credential=test/", "Credential=/"),
            "Credential",
        ),
        (whole.replace("SignedHeaders=", "Headers="), "SignedHeaders"),
        (whole.replace("Signature=", "Sig="), "Signature"),
    ] {
        let request = Request::post("/")
            .header("x-amz-target", format!("{IDP}.ListUserPools"))
            .header("authorization", &value);
        let response = server.send(request.body("{}".to_owned()).unwrap());
        let message = format!("Authorization header requires '{part}' parameter.");
        assert_eq!(
            json_of(&response),
            refusal("IncompleteSignatureException", &message),
            "{value}"
        );
        assert_eq!(response.status(), 400);
    }
}

#[test]
fn an_operation_without_a_file_says_so_by_its_name() {
    let server = Server::new();
    for (operation, target) in operations() {
        if implemented(operation.service).contains(&operation.name) {
            continue;
        }
        let response = server.call_target(OWNER, &target, "{}".to_owned());
        let answer = json_of(&response);
        let message = format!("{} is not implemented by Cognitwin yet", operation.name);
        if response.status() == 501 {
            assert_eq!(answer, refusal("NotImplementedException", &message));
        } else {
            assert_eq!(response.status(), 400, "{target}: {answer}");
            let violation = answer["message"].as_str().unwrap();
            assert!(
                violation.contains("failed to satisfy constraint: Member must not be null"),
                "{target}: {violation}"
            );
        }
    }
}

/// One minimal request each, of operations that nothing else in this file can reach.
fn minimal_requests() -> Vec<(&'static str, Value)> {
    let (pool, token) = ("us-east-1_abc", "a.b.c");
    let of_pool = |more: Value| crate::server::with(json!({"UserPoolId": pool}), more);
    vec![
        (
            "AddCustomAttributes",
            of_pool(json!({"CustomAttributes": [{"Name": "a"}]})),
        ),
        ("AdminDisableProviderForUser", of_pool(json!({"User": {}}))),
        (
            "AdminForgetDevice",
            of_pool(json!({"Username": "u", "DeviceKey": "r_1"})),
        ),
        (
            "AdminInitiateAuth",
            of_pool(json!({"ClientId": "c", "AuthFlow": "USER_AUTH"})),
        ),
        (
            "AdminLinkProviderForUser",
            of_pool(json!({"DestinationUser": {}, "SourceUser": {}})),
        ),
        ("AdminListDevices", of_pool(json!({"Username": "u"}))),
        ("AdminListUserAuthEvents", of_pool(json!({"Username": "u"}))),
        ("AdminUserGlobalSignOut", of_pool(json!({"Username": "u"}))),
        (
            "CreateResourceServer",
            of_pool(json!({"Identifier": "i", "Name": "n"})),
        ),
        ("CreateUserPoolDomain", of_pool(json!({"Domain": "demo"}))),
        ("DeleteResourceServer", of_pool(json!({"Identifier": "i"}))),
        ("DescribeRiskConfiguration", of_pool(json!({}))),
        ("DescribeUserPoolDomain", json!({"Domain": "demo"})),
        ("GetCSVHeader", of_pool(json!({}))),
        ("GetSigningCertificate", of_pool(json!({}))),
        ("GetUICustomization", of_pool(json!({}))),
        ("GetUserPoolMfaConfig", of_pool(json!({}))),
        ("GlobalSignOut", json!({"AccessToken": token})),
        ("ListDevices", json!({"AccessToken": token})),
        ("ListResourceServers", of_pool(json!({}))),
        ("ListUserImportJobs", of_pool(json!({"MaxResults": 1}))),
        ("RevokeToken", json!({"ClientId": "c", "Token": token})),
        (
            "RespondToAuthChallenge",
            json!({"ClientId": "c", "ChallengeName": "SMS_MFA"}),
        ),
        ("SetUserMFAPreference", json!({"AccessToken": token})),
        ("StartWebAuthnRegistration", json!({"AccessToken": token})),
        ("UpdateUserPool", of_pool(json!({}))),
        ("UpdateUserPoolClient", of_pool(json!({"ClientId": "c"}))),
        ("VerifySoftwareToken", json!({"UserCode": "123456"})),
        (
            "DeleteIdentities",
            json!({"IdentityIdsToDelete": ["us-east-1:1"]}),
        ),
        ("DescribeIdentity", json!({"IdentityId": "us-east-1:1"})),
        ("GetOpenIdToken", json!({"IdentityId": "us-east-1:1"})),
        (
            "ListIdentities",
            json!({"IdentityPoolId": "us-east-1:1", "MaxResults": 1}),
        ),
        (
            "UnlinkIdentity",
            json!({"IdentityId": "us-east-1:1", "Logins": {}, "LoginsToRemove": []}),
        ),
    ]
}

#[test]
fn a_right_request_to_an_operation_without_a_file_is_answered_501() {
    let server = Server::new();
    for (operation, request) in minimal_requests() {
        if Service::ALL
            .iter()
            .any(|service| implemented(*service).contains(&operation))
        {
            continue;
        }
        server.is_not_implemented(operation, request, operation);
    }
}

#[test]
fn an_operation_of_the_api_either_has_a_file_or_is_not_there() {
    for service in Service::ALL {
        for name in implemented(*service) {
            assert!(cognito_model::find(*service, name).is_some(), "{name}");
        }
    }
}

#[test]
fn a_browser_may_call_everything() {
    let server = Server::new();
    for (asked, allowed) in [
        (Some("x-amz-target,x-my-own"), "x-amz-target,x-my-own"),
        (
            None,
            "authorization,cache-control,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,\
             x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request",
        ),
    ] {
        let mut request = Request::builder()
            .method(Method::OPTIONS)
            .uri("/")
            .header("origin", "http://localhost:3000");
        if let Some(asked) = asked {
            request = request.header("access-control-request-headers", asked);
        }
        let response = server.send(request.body(String::new()).unwrap());
        assert_eq!(
            (response.status().as_u16(), response.body().len()),
            (200, 0)
        );
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        assert_eq!(
            header(&response, "access-control-allow-headers"),
            Some(allowed)
        );
        assert_eq!(
            header(&response, "access-control-allow-methods"),
            Some("GET, POST, PUT, DELETE, OPTIONS")
        );
        assert_eq!(header(&response, "access-control-max-age"), Some("172800"));
    }
    for path in [
        "/health",
        "/nowhere",
        "/_cognitwin/messages",
        "/us-east-1_x/.well-known/jwks.json",
    ] {
        assert_eq!(
            header(&server.get(path), "access-control-allow-origin"),
            Some("*"),
            "{path}"
        );
    }
}

#[test]
fn the_server_tells_its_health() {
    let server = Server::new();
    for path in ["/health", "/_cognitwin/health"] {
        let response = server.get(path);
        let answer = json_of(&response);
        assert_eq!(response.status(), 200);
        assert_eq!(
            answer,
            json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "uptimeSeconds": answer["uptimeSeconds"]})
        );
    }
}

#[test]
fn an_address_that_nobody_knows_is_not_found() {
    let server = Server::new();
    for path in [
        "/",
        "/nowhere",
        "/x/.well-known/other",
        "/.well-known/jwks.json",
        "//",
    ] {
        let response = server.get(path);
        assert_eq!(
            (response.status().as_u16(), json_of(&response)),
            (404, json!({"message": "Not Found"})),
            "{path}"
        );
    }
    let response = server.get("/_cognitwin/nowhere");
    let problem = "GET /_cognitwin/nowhere is not a part of the control API";
    assert_eq!(
        (response.status().as_u16(), json_of(&response)),
        (404, json!({"error": problem}))
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_or_too_slow_is_refused_as_aws_refuses() {
    let server = std::thread::spawn(Server::new).join().unwrap();
    let app = server.app.clone();
    for (body, status, kind, message) in [
        (
            Body::TooLarge { limit: 1_048_576 },
            413,
            "RequestEntityTooLargeException",
            "The request body is larger than 1048576 bytes",
        ),
        (
            Body::TooSlow,
            408,
            "RequestTimeoutException",
            "The request body did not arrive in time",
        ),
    ] {
        let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
        let response = respond(app.clone(), head, body, PEER).await;
        assert_eq!(
            (response.status().as_u16(), json_of(&response)),
            (status, refusal(kind, message))
        );
    }
    tokio::task::spawn_blocking(move || drop(server))
        .await
        .unwrap();
}

#[test]
fn the_region_of_a_signature_may_be_any() {
    let server = Server::new();
    for region in ["us-gov-west-1", "cn-north-1", "mars-1"] {
        let caller = Caller {
            region,
            key: Some("test"),
        };
        assert_eq!(
            server.ok_as(caller, "ListUserPools", json!({"MaxResults": 1})),
            json!({"UserPools": []})
        );
    }
}
