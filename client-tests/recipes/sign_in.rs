//! Rust: a server within the test, whose clock is at hand.

use std::error::Error;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Region};
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use aws_sdk_cognitoidentityprovider::{Client, Config};

#[tokio::test]
async fn alice_is_signed_in_for_an_hour() -> Result<(), Box<dyn Error>> {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/demo.yaml");
    let server = cognitwin::Server::builder().seed(seed).start().await?;
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-2"))
        .endpoint_url(server.url());
    let idp = Client::from_conf(config.build());
    let answer = idp
        .initiate_auth()
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .client_id("1example23456789localclient")
        .auth_parameters("USERNAME", "alice")
        .auth_parameters("PASSWORD", "Passw0rd!")
        .send()
        .await?;
    let token = answer.authentication_result.and_then(|it| it.access_token);
    let get_user = || idp.get_user().set_access_token(token.clone()).send();
    assert_eq!(get_user().await?.username, "alice");

    server.advance(Duration::from_secs(3600));
    let refusal = get_user().await.unwrap_err().into_service_error();
    assert!(refusal.is_not_authorized_exception());
    Ok(())
}
