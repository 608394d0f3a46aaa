//! A whole life of an account: sign-up, SRP, an authenticator app, rotated refresh tokens, and their end.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cognitoidentityprovider as idp;
use client_tests::srp::{Challenge, Prover};
use idp::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, ExplicitAuthFlowsType, FeatureType,
    RefreshTokenRotationType, SoftwareTokenMfaConfigType, SoftwareTokenMfaSettingsType,
    UserPoolMfaType, VerifiedAttributeType,
};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::article::refusal;
use crate::server::{PASSWORD, Server};

const NEW_PASSWORD: &str = "An0ther-word";
/// The day is not padded, and the time of the challenge does not matter.
const TIMESTAMP: &str = "Tue Mar 5 07:08:09 UTC 2024";

struct World {
    server: Server,
    idp: idp::Client,
    pool: String,
    client: String,
}

impl World {
    async fn new() -> Self {
        let server = Server::start();
        let idp = server.idp();
        let pool = idp
            .create_user_pool()
            .pool_name("life")
            .auto_verified_attributes(VerifiedAttributeType::Email)
            .send()
            .await
            .unwrap()
            .user_pool
            .unwrap();
        let pool = pool.id.unwrap();
        idp.set_user_pool_mfa_config()
            .user_pool_id(&pool)
            .mfa_configuration(UserPoolMfaType::Optional)
            .software_token_mfa_configuration(
                SoftwareTokenMfaConfigType::builder().enabled(true).build(),
            )
            .send()
            .await
            .unwrap();
        let rotation = RefreshTokenRotationType::builder()
            .feature(FeatureType::Enabled)
            .retry_grace_period_seconds(0)
            .build()
            .unwrap();
        let client = idp
            .create_user_pool_client()
            .user_pool_id(&pool)
            .client_name("app")
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
            .refresh_token_rotation(rotation)
            .send()
            .await
            .unwrap()
            .user_pool_client
            .unwrap();
        let client = client.client_id.unwrap();
        Self {
            server,
            idp,
            pool,
            client,
        }
    }

    /// The code that was sent last.
    fn code(&self) -> String {
        let messages = self
            .server
            .get(&format!("/_cognitwin/messages?userPoolId={}", self.pool));
        let messages: Vec<Value> = serde_json::from_str(&messages).unwrap();
        messages.last().unwrap()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Both calls of a sign-in by SRP.
    async fn prove(&self, username: &str, password: &str) -> Result<Answer, (String, String)> {
        let prover =
            Prover::new("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
        let prover = prover.unwrap();
        let begun = self
            .idp
            .initiate_auth()
            .auth_flow(AuthFlowType::UserSrpAuth)
            .client_id(&self.client)
            .auth_parameters("USERNAME", username)
            .auth_parameters("SRP_A", prover.public_number())
            .send()
            .await
            .map_err(|error| refusal(&error))?;
        let challenge = ChallengeNameType::PasswordVerifier;
        assert_eq!(begun.challenge_name(), Some(&challenge));
        let parameters = begun.challenge_parameters().unwrap();
        let posed = Challenge {
            user_id: &parameters["USER_ID_FOR_SRP"],
            salt: &parameters["SALT"],
            server_number: &parameters["SRP_B"],
            secret_block: &parameters["SECRET_BLOCK"],
        };
        let (_, pool_name) = self.pool.split_once('_').unwrap();
        let signature = prover.sign(pool_name, password, &posed, TIMESTAMP).unwrap();
        let answered = self
            .idp
            .respond_to_auth_challenge()
            .client_id(&self.client)
            .challenge_name(challenge)
            .challenge_responses("USERNAME", &parameters["USERNAME"])
            .challenge_responses("PASSWORD_CLAIM_SECRET_BLOCK", posed.secret_block)
            .challenge_responses("PASSWORD_CLAIM_SIGNATURE", signature)
            .challenge_responses("TIMESTAMP", TIMESTAMP)
            .send()
            .await
            .map_err(|error| refusal(&error))?;
        Ok(Answer {
            challenge: answered.challenge_name,
            parameters: answered.challenge_parameters.unwrap_or_default(),
            session: answered.session,
            tokens: answered.authentication_result,
        })
    }

    async fn refresh(&self, token: &str) -> Result<AuthenticationResultType, (String, String)> {
        let answer = self
            .idp
            .get_tokens_from_refresh_token()
            .client_id(&self.client)
            .refresh_token(token)
            .send()
            .await
            .map_err(|error| refusal(&error))?;
        Ok(answer.authentication_result.unwrap())
    }

    async fn attributes(&self, access_token: &str) -> Result<Vec<String>, (String, String)> {
        let user = self.idp.get_user().access_token(access_token).send().await;
        let user = user.map_err(|error| refusal(&error))?;
        let names = user.user_attributes().iter().map(|it| it.name.clone());
        Ok(names.collect())
    }

    /// The claims of a token whose signature a key of the pool made.
    fn claims(&self, token: &str, audience: Option<&str>) -> Value {
        let path = format!("/{}/.well-known/jwks.json", self.pool);
        let keys: JwkSet = serde_json::from_str(&self.server.get(&path)).unwrap();
        let key = decode_header(token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&key).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.set_issuer(&[format!("{}/{}", self.server.public_url(), self.pool)]);
        match audience {
            Some(audience) => validation.set_audience(&[audience]),
            None => validation.validate_aud = false,
        }
        decode(token, &key, &validation).unwrap().claims
    }
}

struct Answer {
    challenge: Option<ChallengeNameType>,
    parameters: HashMap<String, String>,
    session: Option<String>,
    tokens: Option<AuthenticationResultType>,
}

/// What an authenticator app shows some seconds from now.
#[expect(
    clippy::disallowed_methods,
    reason = "an authenticator app has a clock of its own"
)]
fn app_code(secret: &str, ahead: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new()
        .with_secret(secret.as_bytes())
        .build()
        .unwrap()
        .generate(now.as_secs() + ahead)
        .to_string()
}

fn refused(code: &str, message: &str) -> (String, String) {
    (code.into(), message.into())
}

#[tokio::test]
async fn an_account_lives_from_sign_up_to_sign_out() {
    let world = World::new().await;
    let idp = &world.idp;
    let email = idp::types::AttributeType::builder()
        .name("email")
        .value("ann@example.com")
        .build()
        .unwrap();
    let signed_up = idp
        .sign_up()
        .client_id(&world.client)
        .username("ann")
        .password(PASSWORD)
        .user_attributes(email)
        .send()
        .await
        .unwrap();
    assert!(!signed_up.user_confirmed());
    let early = world.prove("ann", PASSWORD).await.err();
    assert_eq!(
        early,
        Some(refused(
            "UserNotConfirmedException",
            "User is not confirmed."
        ))
    );
    idp.confirm_sign_up()
        .client_id(&world.client)
        .username("ann")
        .confirmation_code(world.code())
        .send()
        .await
        .unwrap();

    let incorrect = refused("NotAuthorizedException", "Incorrect username or password.");
    let wrong = world.prove("ann", "wrong").await.err();
    assert_eq!(wrong.as_ref(), Some(&incorrect));
    let tokens = world.prove("ann", PASSWORD).await.unwrap().tokens.unwrap();
    let id = world.claims(tokens.id_token().unwrap(), Some(&world.client));
    let access = world.claims(tokens.access_token().unwrap(), None);
    assert_eq!(id["sub"], signed_up.user_sub());
    assert_eq!(id["email_verified"], true);
    assert_eq!(
        (&access["sub"], &access["origin_jti"]),
        (&id["sub"], &id["origin_jti"])
    );
    assert_eq!(access["client_id"], world.client.as_str());

    let access_token = tokens.access_token().unwrap();
    idp.change_password()
        .access_token(access_token)
        .previous_password(PASSWORD)
        .proposed_password(NEW_PASSWORD)
        .send()
        .await
        .unwrap();
    assert_eq!(world.prove("ann", PASSWORD).await.err(), Some(incorrect));

    let secret = idp
        .associate_software_token()
        .access_token(access_token)
        .send()
        .await
        .unwrap()
        .secret_code
        .unwrap();
    idp.verify_software_token()
        .access_token(access_token)
        .user_code(app_code(&secret, 0))
        .friendly_device_name("phone")
        .send()
        .await
        .unwrap();
    let preference = SoftwareTokenMfaSettingsType::builder();
    idp.set_user_mfa_preference()
        .access_token(access_token)
        .software_token_mfa_settings(preference.enabled(true).preferred_mfa(true).build())
        .send()
        .await
        .unwrap();

    let asked = world.prove("ann", NEW_PASSWORD).await.unwrap();
    assert_eq!(asked.challenge, Some(ChallengeNameType::SoftwareTokenMfa));
    assert_eq!(asked.parameters["FRIENDLY_DEVICE_NAME"], "phone");
    let session = asked.session.unwrap();
    let answer = |code: String| {
        idp.respond_to_auth_challenge()
            .client_id(&world.client)
            .challenge_name(ChallengeNameType::SoftwareTokenMfa)
            .session(&session)
            .challenge_responses("USERNAME", "ann")
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code)
            .send()
    };
    let mismatch = answer("000000".into()).await.unwrap_err();
    assert_eq!(refusal(&mismatch).1, "Invalid code received for user");
    assert!(mismatch.into_service_error().is_code_mismatch_exception());
    let done = answer(app_code(&secret, 30)).await.unwrap();
    let second = done.authentication_result.unwrap();

    let refreshed = world
        .refresh(second.refresh_token().unwrap())
        .await
        .unwrap();
    let rotated = refreshed.refresh_token().unwrap();
    assert_ne!(Some(rotated), second.refresh_token());
    let again = world.claims(refreshed.access_token().unwrap(), None);
    let before = world.claims(second.access_token().unwrap(), None);
    assert_eq!(again["origin_jti"], before["origin_jti"]);
    assert_ne!(again["jti"], before["jti"]);
    let reused = world.refresh(second.refresh_token().unwrap()).await;
    assert_eq!(reused.unwrap_err().0, "RefreshTokenReuseException");

    let revoked = refused("NotAuthorizedException", "Access Token has been revoked");
    idp.revoke_token()
        .client_id(&world.client)
        .token(rotated)
        .send()
        .await
        .unwrap();
    for tokens in [&second, &refreshed] {
        let answer = world.attributes(tokens.access_token().unwrap()).await;
        assert_eq!(answer, Err(revoked.clone()));
    }
    let ended = world.refresh(rotated).await.err();
    let message = "Refresh Token has been revoked";
    assert_eq!(ended, Some(refused("NotAuthorizedException", message)));

    // The first sign-in is another one, and lives until its user signs out everywhere.
    let names = world.attributes(access_token).await.unwrap();
    assert_eq!(names, ["sub", "email", "email_verified"]);
    idp.global_sign_out()
        .access_token(access_token)
        .send()
        .await
        .unwrap();
    assert_eq!(world.attributes(access_token).await, Err(revoked));
    let ended = world.refresh(tokens.refresh_token().unwrap()).await.err();
    assert_eq!(ended, Some(refused("NotAuthorizedException", message)));
}
