//! The article's program in Rust: the AWS SDK, unmodified but for the endpoint, against the binary.

use aws_sdk_cognitoidentity as identity;
use aws_sdk_cognitoidentityprovider as idp;
use idp::error::{ProvideErrorMetadata, SdkError};
use idp::operation::RequestId;
use idp::types::{AuthFlowType, ExplicitAuthFlowsType};

use crate::server::{
    CLIENT, IDENTITY_POOL, Keys, PASSWORD, POOL, REGION, Server, USERNAME, login_provider,
};

async fn sign_in(client: &idp::Client, password: &str) -> idp::types::AuthenticationResultType {
    client
        .initiate_auth()
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .client_id(CLIENT)
        .auth_parameters("USERNAME", USERNAME)
        .auth_parameters("PASSWORD", password)
        .send()
        .await
        .unwrap()
        .authentication_result
        .unwrap()
}

/// What every refusal of the service carries: its code, its message, status 400 and a request id.
pub fn refusal<E>(error: &SdkError<E>) -> (String, String)
where
    E: ProvideErrorMetadata,
{
    let response = error.raw_response().expect("the server has answered");
    assert_eq!(response.status().as_u16(), 400);
    let meta = error.meta();
    let id = meta.request_id().unwrap_or_default();
    assert_eq!(id.split('-').count(), 5, "{id}");
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(meta.code()), text(meta.message()))
}

#[tokio::test]
async fn the_program_of_the_article_runs() {
    let server = Server::start();
    let idp = server.idp();

    let pools = idp.list_user_pools().max_results(60).send().await.unwrap();
    let [pool] = pools.user_pools() else {
        unreachable!("{pools:?}")
    };
    assert_eq!((pool.id(), pool.name()), (Some(POOL), Some("test")));
    assert!(pool.creation_date().is_some() && pool.creation_date() == pool.last_modified_date());
    assert_eq!(
        pool.lambda_config(),
        Some(&idp::types::LambdaConfigType::builder().build())
    );

    let clients = idp
        .list_user_pool_clients()
        .user_pool_id(POOL)
        .send()
        .await
        .unwrap();
    let [client] = clients.user_pool_clients() else {
        unreachable!("{clients:?}")
    };
    assert_eq!(
        (
            client.client_id(),
            client.client_name(),
            client.user_pool_id()
        ),
        (Some(CLIENT), Some("test-app"), Some(POOL))
    );

    let described = idp
        .describe_user_pool_client()
        .user_pool_id(POOL)
        .client_id(CLIENT)
        .send()
        .await
        .unwrap();
    let client = described.user_pool_client.unwrap();
    let flows = [
        ExplicitAuthFlowsType::AllowRefreshTokenAuth,
        ExplicitAuthFlowsType::AllowUserPasswordAuth,
    ];
    assert_eq!(client.explicit_auth_flows(), flows);
    assert_eq!(client.access_token_validity(), Some(60));
    assert_eq!(client.id_token_validity(), Some(60));
    assert_eq!(client.refresh_token_validity(), 30);
    assert_eq!(client.auth_session_validity(), Some(3));
    assert_eq!(client.enable_token_revocation(), Some(true));
    assert_eq!(client.allowed_o_auth_scopes(), ["email", "openid"]);
    assert_eq!(client.callback_urls(), ["https://localhost"]);
    assert_eq!(client.supported_identity_providers(), ["COGNITO"]);
    assert_eq!(client.client_secret(), None);
    assert_eq!(
        (
            client.read_attributes().len(),
            client.write_attributes().len()
        ),
        (19, 17)
    );

    let providers = idp
        .list_identity_providers()
        .user_pool_id(POOL)
        .send()
        .await
        .unwrap();
    assert_eq!(providers.providers(), []);

    let error = idp
        .describe_identity_provider()
        .user_pool_id(POOL)
        .provider_name("COGNITO")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refusal(&error).1,
        format!("Identity provider COGNITO for tenantId {POOL} does not exist.")
    );
    assert!(error.into_service_error().is_resource_not_found_exception());

    let tokens = sign_in(&idp, PASSWORD).await;
    assert_eq!(
        (tokens.expires_in(), tokens.token_type()),
        (3600, Some("Bearer"))
    );
    let id_token = tokens.id_token().unwrap();

    let identities = server.identity();
    let identity = identities
        .get_id()
        .identity_pool_id(IDENTITY_POOL)
        .logins(login_provider(), id_token)
        .send()
        .await
        .unwrap()
        .identity_id
        .unwrap();
    assert!(identity.starts_with(&format!("{REGION}:")), "{identity}");

    let answer = identities
        .get_credentials_for_identity()
        .identity_id(&identity)
        .logins(login_provider(), id_token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.identity_id(), Some(identity.as_str()));
    let keys = keys(answer.credentials().unwrap());

    let caller = server
        .sts(&keys)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        caller.arn(),
        Some(
            "arn:aws:sts::000000000000:assumed-role/test-authenticated/CognitoIdentityCredentials"
        )
    );
    assert_eq!(caller.account(), Some("000000000000"));
    assert!(
        caller
            .user_id()
            .unwrap()
            .ends_with(":CognitoIdentityCredentials")
    );
}

fn keys(credentials: &identity::types::Credentials) -> Keys {
    assert!(credentials.expiration().is_some());
    Keys {
        id: credentials.access_key_id().unwrap().to_owned(),
        secret: credentials.secret_key().unwrap().to_owned(),
        session_token: credentials.session_token().map(str::to_owned),
    }
}

#[tokio::test]
async fn a_guest_gets_credentials_without_signing_in() {
    let server = Server::start();
    let identities = server.identity();
    let guest = identities
        .get_id()
        .identity_pool_id(IDENTITY_POOL)
        .send()
        .await
        .unwrap();
    let answer = identities
        .get_credentials_for_identity()
        .set_identity_id(guest.identity_id)
        .send()
        .await
        .unwrap();
    let keys = keys(answer.credentials().unwrap());
    let caller = server
        .sts(&keys)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    let arn = caller.arn().unwrap();
    assert!(arn.contains(":assumed-role/test-unauthenticated/"), "{arn}");
    // They are credentials like any other: they sign requests to the same server.
    let pools = server
        .idp_as(&keys)
        .list_user_pools()
        .max_results(1)
        .send()
        .await
        .unwrap();
    assert_eq!(pools.user_pools().len(), 1);
}

#[tokio::test]
async fn a_token_is_used_and_refreshed() {
    let server = Server::start();
    let idp = server.idp();
    let tokens = sign_in(&idp, PASSWORD).await;
    let user = idp
        .get_user()
        .access_token(tokens.access_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(user.username(), USERNAME);
    let attributes: Vec<_> = user
        .user_attributes()
        .iter()
        .map(|it| (it.name(), it.value().unwrap_or_default()))
        .collect();
    assert_eq!(attributes[0].0, "sub");
    assert_eq!(
        attributes[1..],
        [("email", "alice@example.com"), ("email_verified", "true")]
    );
    let refreshed = idp
        .initiate_auth()
        .auth_flow(AuthFlowType::RefreshTokenAuth)
        .client_id(CLIENT)
        .auth_parameters("REFRESH_TOKEN", tokens.refresh_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(refreshed.challenge_name(), None);
    let refreshed = refreshed.authentication_result.unwrap();
    assert_eq!(refreshed.refresh_token(), None);
    assert_ne!(refreshed.access_token(), tokens.access_token());
}

#[tokio::test]
async fn refusals_are_the_errors_that_the_sdk_knows() {
    let server = Server::start();
    let idp = server.idp();

    let wrong = idp
        .initiate_auth()
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .client_id(CLIENT)
        .auth_parameters("USERNAME", USERNAME)
        .auth_parameters("PASSWORD", "wrong")
        .send()
        .await
        .unwrap_err();
    let expected = ("NotAuthorizedException", "Incorrect username or password.");
    assert_eq!(refusal(&wrong), (expected.0.into(), expected.1.into()));
    assert!(wrong.into_service_error().is_not_authorized_exception());

    let missing = idp
        .initiate_auth()
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .client_id(CLIENT)
        .send()
        .await
        .unwrap_err();
    assert_eq!(refusal(&missing).1, "Missing required parameter USERNAME");
    assert!(
        missing
            .into_service_error()
            .is_invalid_parameter_exception()
    );

    let nobody = idp
        .admin_get_user()
        .user_pool_id(POOL)
        .username("nobody")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refusal(&nobody).1, "User does not exist.");
    assert!(nobody.into_service_error().is_user_not_found_exception());

    let again = idp
        .admin_create_user()
        .user_pool_id(POOL)
        .username(USERNAME)
        .send()
        .await
        .unwrap_err();
    assert_eq!(refusal(&again).1, "User account already exists");
    assert!(again.into_service_error().is_username_exists_exception());

    let weak = idp
        .admin_set_user_password()
        .user_pool_id(POOL)
        .username(USERNAME)
        .password("weak")
        .send()
        .await
        .unwrap_err();
    let message = "Password does not conform to policy: Password not long enough";
    assert_eq!(refusal(&weak).1, message);
    assert!(weak.into_service_error().is_invalid_password_exception());

    let unknown = idp
        .describe_user_pool()
        .user_pool_id("us-west-2_unknown")
        .send()
        .await
        .unwrap_err();
    let message = "User pool us-west-2_unknown does not exist.";
    assert_eq!(refusal(&unknown).1, message);
    assert!(
        unknown
            .into_service_error()
            .is_resource_not_found_exception()
    );

    let garbage = idp
        .get_user()
        .access_token("garbage")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refusal(&garbage).1, "Invalid Access Token");
    assert!(garbage.into_service_error().is_not_authorized_exception());
}

#[tokio::test]
async fn refusals_of_identity_pools_are_the_errors_that_the_sdk_knows() {
    let server = Server::start();
    let identities = server.identity();
    let garbage = identities
        .get_id()
        .identity_pool_id(IDENTITY_POOL)
        .logins(login_provider(), "garbage")
        .send()
        .await
        .unwrap_err();
    let message = "Invalid login token. Not a valid OpenId Connect identity token.";
    assert_eq!(refusal(&garbage).1, message);
    assert!(garbage.into_service_error().is_not_authorized_exception());

    let id = "us-west-2:00000000-0000-4000-8000-000000000000";
    let unknown = identities
        .describe_identity_pool()
        .identity_pool_id(id)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        refusal(&unknown).1,
        format!("IdentityPool '{id}' not found.")
    );
    assert!(
        unknown
            .into_service_error()
            .is_resource_not_found_exception()
    );

    // The model of this service has no such error, so the SDK hands it on as it came.
    let many = identities
        .list_identity_pools()
        .max_results(61)
        .send()
        .await
        .unwrap_err();
    let message = "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: \
                   Member must have value less than or equal to 60";
    assert_eq!(
        refusal(&many),
        ("ValidationException".into(), message.into())
    );
}

#[tokio::test]
async fn the_paginators_of_the_sdk_see_every_row_once() {
    let server = Server::start();
    let idp = server.idp_as(&Keys::of_account("123456789012"));
    let mut made = Vec::new();
    for number in 0..7 {
        let pool = idp
            .create_user_pool()
            .pool_name(format!("pool {number}"))
            .send()
            .await
            .unwrap();
        made.push(pool.user_pool.unwrap().id.unwrap());
    }
    let listed: Result<Vec<_>, _> = idp
        .list_user_pools()
        .max_results(2)
        .into_paginator()
        .items()
        .send()
        .collect()
        .await;
    let listed: Vec<_> = listed.unwrap().into_iter().filter_map(|it| it.id).collect();
    assert_eq!(listed, made);

    let pool = &made[0];
    for number in 0..5 {
        idp.admin_create_user()
            .user_pool_id(pool)
            .username(format!("user{number}"))
            .message_action(idp::types::MessageActionType::Suppress)
            .send()
            .await
            .unwrap();
    }
    let users: Result<Vec<_>, _> = idp
        .list_users()
        .user_pool_id(pool)
        .limit(2)
        .into_paginator()
        .items()
        .send()
        .collect()
        .await;
    let users: Vec<_> = users
        .unwrap()
        .into_iter()
        .filter_map(|it| it.username)
        .collect();
    assert_eq!(users, ["user0", "user1", "user2", "user3", "user4"]);

    let identities = server.identity();
    let pools: Result<Vec<_>, _> = identities
        .list_identity_pools()
        .max_results(1)
        .into_paginator()
        .items()
        .send()
        .collect()
        .await;
    assert_eq!(pools.unwrap().len(), 1);
}

#[tokio::test]
async fn accounts_do_not_see_one_another() {
    let server = Server::start();
    let theirs = server.idp_as(&Keys::of_account("123456789012"));
    let pools = theirs.list_user_pools().max_results(60).send().await;
    assert_eq!(pools.unwrap().user_pools(), []);
    let error = theirs
        .describe_user_pool()
        .user_pool_id(POOL)
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn what_is_created_is_described_in_types_that_the_sdk_knows() {
    use idp::types::{
        AttributeDataType, DeletionProtectionType, SchemaAttributeType, UserPoolMfaType,
        UserPoolTierType,
    };
    let server = Server::start();
    let idp = server.idp();
    let tier = SchemaAttributeType::builder()
        .name("tier")
        .attribute_data_type(AttributeDataType::String)
        .mutable(true)
        .build();
    let created = idp
        .create_user_pool()
        .pool_name("typed")
        .schema(tier)
        .send()
        .await
        .unwrap();
    let pool = created.user_pool.unwrap();
    let described = idp
        .describe_user_pool()
        .user_pool_id(pool.id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(described.user_pool(), Some(&pool));
    assert_eq!(
        (
            pool.mfa_configuration(),
            pool.deletion_protection(),
            pool.user_pool_tier()
        ),
        (
            Some(&UserPoolMfaType::Off),
            Some(&DeletionProtectionType::Inactive),
            Some(&UserPoolTierType::Essentials)
        )
    );
    let custom = pool.schema_attributes().last().unwrap();
    assert_eq!(custom.name(), Some("custom:tier"));

    let user = idp
        .admin_create_user()
        .user_pool_id(pool.id().unwrap())
        .username("bob")
        .temporary_password(PASSWORD)
        .message_action(idp::types::MessageActionType::Suppress)
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(
        user.user_status(),
        Some(&idp::types::UserStatusType::ForceChangePassword)
    );
    let client = idp
        .create_user_pool_client()
        .user_pool_id(pool.id().unwrap())
        .client_name("app")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
        .send()
        .await
        .unwrap()
        .user_pool_client
        .unwrap();
    let challenge = idp
        .initiate_auth()
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .set_client_id(client.client_id)
        .auth_parameters("USERNAME", "bob")
        .auth_parameters("PASSWORD", PASSWORD)
        .send()
        .await
        .unwrap();
    assert_eq!(
        challenge.challenge_name(),
        Some(&idp::types::ChallengeNameType::NewPasswordRequired)
    );
    assert!(challenge.session().is_some());
    assert_eq!(challenge.authentication_result(), None);
    let deleted = idp
        .delete_user_pool()
        .user_pool_id(pool.id().unwrap())
        .send();
    deleted.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sign_in_at_once() {
    let server = Server::start();
    let idp = server.idp();
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let idp = idp.clone();
            tokio::spawn(async move { sign_in(&idp, PASSWORD).await.id_token })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().is_some());
    }
}
