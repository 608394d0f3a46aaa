//! What the types do beyond carrying values: keep secrets out of logs, leave absent members out, name enum values.

use cognito_model::identity::GetIdInput;
use cognito_model::idp::{
    AttributeType, AuthFlowType, AuthenticationResultType, DeviceRememberedStatusType,
    InitiateAuthRequest, InitiateAuthResponse, RespondToAuthChallengeRequest,
};
use serde_json::json;

#[test]
fn debug_prints_no_secret() {
    let request = InitiateAuthRequest {
        auth_flow: AuthFlowType::UserPasswordAuth,
        auth_parameters: Some([("PASSWORD".to_owned(), "hunter2".to_owned())].into()),
        client_metadata: None,
        client_id: "the-client".to_owned(),
        analytics_metadata: None,
        user_context_data: None,
        session: None,
    };
    let printed = format!("{request:?}");
    assert!(
        !printed.contains("hunter2") && !printed.contains("the-client"),
        "{printed}"
    );
    assert!(
        printed.contains("auth_flow: UserPasswordAuth, auth_parameters: ***"),
        "{printed}"
    );
    assert!(printed.contains("client_id: ***"), "{printed}");
    assert!(printed.contains("session: None"), "{printed}");

    let result = AuthenticationResultType {
        access_token: Some("eyJ".to_owned()),
        expires_in: Some(3600),
        ..Default::default()
    };
    let printed = format!(
        "{:?}",
        InitiateAuthResponse {
            authentication_result: Some(result),
            ..Default::default()
        }
    );
    assert!(
        printed.contains("access_token: ***") && printed.contains("expires_in: Some(3600)"),
        "{printed}"
    );
}

#[test]
fn debug_prints_no_token_of_a_logins_map() {
    let input = GetIdInput {
        identity_pool_id: "eu-west-1:0a".to_owned(),
        logins: Some([("graph.facebook.com".to_owned(), "token".to_owned())].into()),
        ..Default::default()
    };
    let printed = format!("{input:?}");
    assert!(
        printed.contains("logins: ***") && printed.contains("eu-west-1:0a"),
        "{printed}"
    );
}

#[test]
fn absent_members_are_left_out() {
    let attribute = AttributeType {
        name: "email".to_owned(),
        value: None,
    };
    assert_eq!(
        serde_json::to_string(&attribute).unwrap(),
        r#"{"Name":"email"}"#
    );
    let read: AttributeType =
        serde_json::from_value(json!({ "Name": "email", "Value": null, "New": 1 })).unwrap();
    assert_eq!(read, attribute);
}

#[test]
fn enum_values_have_their_wire_names() {
    assert_eq!(AuthFlowType::UserSrpAuth.as_str(), "USER_SRP_AUTH");
    assert_eq!(AuthFlowType::UserSrpAuth.to_string(), "USER_SRP_AUTH");
    assert_eq!("USER_SRP_AUTH".parse(), Ok(AuthFlowType::UserSrpAuth));
    assert!("UserSrpAuth".parse::<AuthFlowType>().is_err());
    assert_eq!(
        serde_json::to_string(DeviceRememberedStatusType::ALL).unwrap(),
        r#"["remembered","not_remembered"]"#
    );
    assert!(
        serde_json::from_value::<RespondToAuthChallengeRequest>(
            json!({ "ClientId": "c", "ChallengeName": "NO" })
        )
        .is_err()
    );
}
