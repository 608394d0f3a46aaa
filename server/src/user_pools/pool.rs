//! A user pool: its settings, how they change, and what the rest of the house asks of them.

use std::collections::BTreeMap;

use cognito_model::Timestamp;
use cognito_model::idp::{
    AuthFactorType, CreateUserPoolRequest, DefaultEmailOptionType, DeletionProtectionType,
    EmailMfaConfigType, LogConfigurationType, PasswordPolicyType, RiskConfigurationType,
    SchemaAttributeType, SetUserPoolMfaConfigRequest, SoftwareTokenMfaConfigType,
    UpdateUserPoolRequest, UserPoolDescriptionType, UserPoolMfaType, UserPoolTierType,
    UserPoolType, UserSessionTrackingType, UserVerificationType, WebAuthnConfigurationType,
    WebAuthnFactorConfigurationType,
};
use serde::{Deserialize, Serialize};

use super::pool_settings::describe;
use super::{PasswordPolicy, Schema, User};
use crate::aws::{Arn, Scope};
use crate::errors::{self, ApiError, Result};

/// The tag that fixes the id of a new pool, as users of other doubles do.
const CUSTOM_ID_TAG: &str = "_custom_id_";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserPool {
    /// What DescribeUserPool returns, the number of users aside.
    pub description: UserPoolType,
    /// What SetUserPoolMfaConfig sets and no update of the pool resets.
    #[serde(default)]
    pub mfa: MfaSettings,
    /// By client id; the pool's own under an empty one.
    #[serde(default)]
    pub risk_configurations: BTreeMap<String, RiskConfigurationType>,
    #[serde(default)]
    pub log_configurations: Vec<LogConfigurationType>,
    #[serde(default)]
    pub sessions: SessionSettings,
}

/// How the sessions of a pool's users are tracked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionSettings {
    pub tracking: UserSessionTrackingType,
    pub most_per_user: i32,
    /// Minutes in which a client reuses a session of managed login, by client id; kept, though without
    /// effect, while tracking is off.
    pub client_validity_minutes: BTreeMap<String, i32>,
}

impl Default for SessionSettings {
    /// As GetUserPoolSessionConfiguration documents it.
    fn default() -> Self {
        Self {
            tracking: UserSessionTrackingType::Disabled,
            most_per_user: 20,
            client_validity_minutes: BTreeMap::new(),
        }
    }
}

/// Second factors and passkeys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MfaSettings {
    pub software_token: Option<SoftwareTokenMfaConfigType>,
    pub email: Option<EmailMfaConfigType>,
    pub web_authn: Option<WebAuthnConfigurationType>,
}

impl MfaSettings {
    /// Whether there is a second factor beside SMS.
    fn has_factor(&self) -> bool {
        self.email.is_some()
            || self
                .software_token
                .as_ref()
                .is_some_and(|token| token.enabled == Some(true))
    }
}

impl UserPool {
    /// Takes the id that the request fixes by its tag out of the request.
    pub fn custom_id(request: &mut CreateUserPoolRequest) -> Option<String> {
        request.user_pool_tags.as_mut()?.remove(CUSTOM_ID_TAG)
    }

    /// Whether a text can be the id of a pool in a region.
    pub fn is_id(id: &str, region: &str) -> bool {
        id.strip_prefix(region)
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|name| {
                !name.is_empty()
                    && id.len() <= 55
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
    }

    pub fn create(
        mut request: CreateUserPoolRequest,
        id: String,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Self> {
        if request.alias_attributes.is_some() && request.username_attributes.is_some() {
            return Err(errors::aliases_and_username_attributes());
        }
        let mfa = request.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
        if mfa != UserPoolMfaType::Off && request.sms_configuration.is_none() {
            return Err(errors::mfa_needs_sms());
        }
        let schema = Schema::of_new_pool(request.schema.take().unwrap_or_default())?;
        let is_alias = |name: &str| {
            let mut aliases = request.alias_attributes.iter().flatten();
            aliases.any(|it| it.as_str() == name)
        };
        let is_required = |it: &SchemaAttributeType| {
            it.name.as_deref() == Some("preferred_username") && it.required == Some(true)
        };
        if is_alias("preferred_username") && schema.iter().any(is_required) {
            return Err(errors::required_alias("preferred_username"));
        }
        let description = describe(request, schema, &scope.region)?;
        let description = UserPoolType {
            arn: Some(Arn::user_pool(scope, &id)),
            id: Some(id),
            last_modified_date: Some(now),
            creation_date: Some(now),
            ..description
        };
        Ok(Self {
            description,
            mfa: MfaSettings::default(),
            risk_configurations: BTreeMap::new(),
            log_configurations: Vec::new(),
            sessions: SessionSettings::default(),
        })
    }

    /// The pool with new settings: what the request leaves out returns to its default, but for the
    /// name and what is fixed at creation (facts/wire.md §2.2).
    pub fn update(&self, request: UpdateUserPoolRequest, now: Timestamp) -> Result<Self> {
        let old = self.description.clone();
        let request = CreateUserPoolRequest {
            pool_name: request.pool_name.or(old.name).unwrap_or_default(),
            policies: request.policies,
            deletion_protection: request.deletion_protection,
            lambda_config: request.lambda_config,
            auto_verified_attributes: request.auto_verified_attributes,
            alias_attributes: old.alias_attributes,
            username_attributes: old.username_attributes,
            sms_verification_message: request.sms_verification_message,
            email_verification_message: request.email_verification_message,
            email_verification_subject: request.email_verification_subject,
            verification_message_template: request.verification_message_template,
            sms_authentication_message: request.sms_authentication_message,
            mfa_configuration: request.mfa_configuration,
            user_attribute_update_settings: request.user_attribute_update_settings,
            device_configuration: request.device_configuration,
            email_configuration: request.email_configuration,
            sms_configuration: request.sms_configuration,
            user_pool_tags: request.user_pool_tags,
            admin_create_user_config: request.admin_create_user_config,
            schema: None,
            user_pool_add_ons: request.user_pool_add_ons,
            // Kept, where the request has none (documented).
            dcr_configuration: request.dcr_configuration.or(old.dcr_configuration),
            username_configuration: old.username_configuration,
            account_recovery_setting: request.account_recovery_setting,
            user_pool_tier: request.user_pool_tier,
            key_configuration: request.key_configuration,
            issuer_configuration: request.issuer_configuration,
            acr_configuration: request.acr_configuration,
        };
        let mfa = request.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
        if mfa != UserPoolMfaType::Off
            && request.sms_configuration.is_none()
            && !self.mfa.has_factor()
        {
            return Err(errors::mfa_needs_a_factor());
        }
        let description = UserPoolType {
            id: old.id,
            arn: old.arn,
            creation_date: old.creation_date,
            last_modified_date: Some(now),
            domain: old.domain,
            custom_domain: old.custom_domain,
            ..describe(
                request,
                old.schema_attributes.unwrap_or_default(),
                self.region(),
            )?
        };
        Ok(Self {
            description,
            ..self.clone()
        })
    }

    /// The pool with other second factors: the request replaces them all.
    pub fn with_mfa(&self, request: SetUserPoolMfaConfigRequest, now: Timestamp) -> Result<Self> {
        let mut pool = self.clone();
        let description = &mut pool.description;
        if let Some(sms) = request.sms_mfa_configuration {
            description.sms_authentication_message = sms.sms_authentication_message;
            description.sms_configuration = sms.sms_configuration;
        }
        let is_lite = description.user_pool_tier == Some(UserPoolTierType::Lite);
        if is_lite && request.email_mfa_configuration.is_some() {
            return Err(errors::feature_unavailable_in_tier("Email MFA", "LITE"));
        }
        pool.mfa = MfaSettings {
            software_token: request.software_token_mfa_configuration,
            email: request.email_mfa_configuration,
            web_authn: request
                .web_authn_configuration
                .map(with_user_verification)
                .or(pool.mfa.web_authn),
        };
        let mfa = request.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
        if mfa != UserPoolMfaType::Off
            && description.sms_configuration.is_none()
            && !pool.mfa.has_factor()
        {
            return Err(errors::mfa_needs_a_factor());
        }
        description.mfa_configuration = Some(mfa);
        description.last_modified_date = Some(now);
        Ok(pool)
    }

    /// The pool with more custom attributes.
    pub fn with_attributes(
        &self,
        declared: Vec<SchemaAttributeType>,
        now: Timestamp,
    ) -> Result<Self> {
        let mut pool = self.clone();
        let schema = pool
            .description
            .schema_attributes
            .take()
            .unwrap_or_default();
        pool.description.schema_attributes = Some(Schema::extended(schema, declared)?);
        pool.description.last_modified_date = Some(now);
        Ok(pool)
    }

    /// Session tracking is for tiers above Lite (documented).
    pub fn check_session_tier(&self) -> Result<()> {
        if self.description.user_pool_tier == Some(UserPoolTierType::Lite) {
            return Err(errors::feature_unavailable_in_tier(
                "Session tracking",
                "LITE",
            ));
        }
        Ok(())
    }

    pub fn tags(&self) -> BTreeMap<String, String> {
        self.description.user_pool_tags.clone().unwrap_or_default()
    }

    /// The pool with other tags; fifty at most, as AWS's quota says.
    pub fn with_tags(&self, tags: BTreeMap<String, String>) -> Result<Self> {
        Self::check_tags(&tags)?;
        let mut pool = self.clone();
        pool.description.user_pool_tags = Some(tags);
        Ok(pool)
    }

    pub fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
        const MOST_TAGS: usize = 50;
        if tags.len() > MOST_TAGS {
            return Err(errors::limit_exceeded("tags", MOST_TAGS));
        }
        Ok(())
    }

    /// The pool without what it keeps for a client that goes.
    pub fn without_client(&self, client_id: &str) -> Self {
        let mut pool = self.clone();
        pool.risk_configurations.remove(client_id);
        pool.sessions.client_validity_minutes.remove(client_id);
        pool
    }

    pub fn id(&self) -> &str {
        self.description.id.as_deref().unwrap_or_default()
    }

    /// The account that it belongs to.
    pub fn account(&self) -> &str {
        let arn = self.description.arn.as_deref().and_then(Arn::parse);
        arn.map_or("", |arn| arn.account)
    }

    /// An id begins with its region.
    pub fn region(&self) -> &str {
        let id = self.id();
        id.split_once('_').map_or(id, |(region, _)| region)
    }

    pub fn schema(&self) -> Schema<'_> {
        Schema::new(
            self.description
                .schema_attributes
                .as_deref()
                .unwrap_or_default(),
        )
    }

    pub fn password_policy(&self) -> PasswordPolicy<'_> {
        static NONE: PasswordPolicyType = PasswordPolicyType {
            minimum_length: None,
            require_uppercase: None,
            require_lowercase: None,
            require_numbers: None,
            require_symbols: None,
            password_history_size: None,
            temporary_password_validity_days: None,
        };
        let policies = self.description.policies.as_ref();
        PasswordPolicy::new(
            policies
                .and_then(|it| it.password_policy.as_ref())
                .unwrap_or(&NONE),
        )
    }

    /// How many former passwords may not be used again.
    pub fn password_history_size(&self) -> usize {
        let policies = self.description.policies.as_ref();
        let size = policies.and_then(|it| it.password_policy.as_ref()?.password_history_size);
        size.and_then(|size| usize::try_from(size).ok())
            .unwrap_or(0)
    }

    /// Whether a user may have a new password: by the policy, and by the history. `refuse` words a
    /// broken rule, which operations do differently.
    pub fn check_new_password(
        &self,
        user: &User,
        password: &str,
        refuse: impl FnOnce(&str) -> ApiError,
    ) -> Result<()> {
        if let Some(rule) = self.password_policy().broken_rule(password) {
            return Err(refuse(rule));
        }
        if user.used_before(self.id(), password, self.password_history_size()) {
            return Err(errors::password_used_before());
        }
        Ok(())
    }

    /// Usernames are told apart by case unless the pool says otherwise: the API's default.
    /// What tokens call a level of authentication, of one to four.
    pub fn acr_name(&self, level: u8) -> String {
        let configured = self.description.acr_configuration.as_ref();
        configured
            .and_then(|it| it.get(&format!("Level{level}")))
            .map_or_else(
                || format!("urn:cognito:loa:{level}"),
                |it| it.acr_value.clone(),
            )
    }

    pub fn is_case_sensitive(&self) -> bool {
        self.description
            .username_configuration
            .as_ref()
            .is_none_or(|it| it.case_sensitive)
    }

    pub fn is_protected(&self) -> bool {
        self.description.deletion_protection == Some(DeletionProtectionType::Active)
    }

    pub fn only_administrators_create_users(&self) -> bool {
        let config = self.description.admin_create_user_config.as_ref();
        config.is_some_and(|config| config.allow_admin_create_user_only == Some(true))
    }

    /// Whether emails to confirm a sign-up have a link, not a code.
    pub fn sends_links(&self) -> bool {
        let template = self.description.verification_message_template.as_ref();
        template.is_some_and(|it| {
            it.default_email_option == Some(DefaultEmailOptionType::ConfirmWithLink)
        })
    }

    /// Whether users may be created without a password: one-time codes sign them in.
    pub fn is_passwordless(&self) -> bool {
        self.one_time_code_attributes().next().is_some()
    }

    /// Where the one-time codes go that the pool takes as a first factor.
    pub fn one_time_code_attributes(&self) -> impl Iterator<Item = &'static str> {
        self.first_auth_factors()
            .iter()
            .filter_map(|factor| match factor {
                AuthFactorType::EmailOtp => Some("email"),
                AuthFactorType::SmsOtp => Some("phone_number"),
                _ => None,
            })
    }

    /// What a user may choose to sign in with: a password, unless the pool says more.
    pub fn first_auth_factors(&self) -> &[AuthFactorType] {
        let policies = self.description.policies.as_ref();
        let policy = policies.and_then(|it| it.sign_in_policy.as_ref());
        policy
            .and_then(|it| it.allowed_first_auth_factors.as_deref())
            .unwrap_or(&[AuthFactorType::Password])
    }

    pub fn takes_passkeys(&self) -> bool {
        self.first_auth_factors()
            .contains(&AuthFactorType::WebAuthn)
    }

    /// Whether a passkey that verifies its user stands for a second factor, too.
    pub fn takes_passkeys_for_both(&self) -> bool {
        let configuration = self.mfa.web_authn.as_ref();
        configuration.and_then(|it| it.factor_configuration)
            == Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification)
    }

    /// Whether users may have authenticator apps.
    pub fn takes_software_tokens(&self) -> bool {
        let token = self.mfa.software_token.as_ref();
        token.is_some_and(|it| it.enabled == Some(true))
    }

    /// As ListUserPools describes it, replicas aside.
    pub fn summary(&self) -> UserPoolDescriptionType {
        let it = &self.description;
        UserPoolDescriptionType {
            id: it.id.clone(),
            name: it.name.clone(),
            lambda_config: it.lambda_config.clone(),
            status: None,
            last_modified_date: it.last_modified_date,
            creation_date: it.creation_date,
            replica_regions: None,
        }
    }
}

/// Preferred where a request does not say (documented: Developer Guide, passkey sign-in).
fn with_user_verification(configuration: WebAuthnConfigurationType) -> WebAuthnConfigurationType {
    let user_verification = configuration.user_verification;
    WebAuthnConfigurationType {
        user_verification: user_verification.or(Some(UserVerificationType::Preferred)),
        ..configuration
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn create(request: Value) -> Result<UserPool> {
        let request = serde_json::from_value(request).unwrap();
        let scope = Scope::new("000000000000", "us-east-1");
        UserPool::create(
            request,
            "us-east-1_abc".to_owned(),
            &scope,
            Timestamp::from_millis(1_500),
        )
    }

    fn refusal(request: Value) -> String {
        create(request).unwrap_err().to_string()
    }

    #[test]
    fn a_bare_pool_is_described_with_the_defaults_of_aws() {
        let pool = create(json!({"PoolName": "demo"})).unwrap();
        let mut description = serde_json::to_value(&pool.description).unwrap();
        assert_eq!(
            description["SchemaAttributes"].as_array().unwrap().len(),
            20
        );
        description
            .as_object_mut()
            .unwrap()
            .remove("SchemaAttributes");
        assert_eq!(
            description,
            json!({
                "Id": "us-east-1_abc",
                "Name": "demo",
                "Arn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc",
                "Policies": {
                    "PasswordPolicy": {
                        "MinimumLength": 8,
                        "RequireUppercase": true,
                        "RequireLowercase": true,
                        "RequireNumbers": true,
                        "RequireSymbols": true,
                        "TemporaryPasswordValidityDays": 7,
                    },
                    "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
                },
                "DeletionProtection": "INACTIVE",
                "LambdaConfig": {},
                "LastModifiedDate": 1.5,
                "CreationDate": 1.5,
                "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
                "MfaConfiguration": "OFF",
                "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
                "UserPoolTags": {},
                "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
                "UserPoolTier": "ESSENTIALS",
                "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
                "IssuerConfiguration": {"Type": "ORIGINAL"},
                "AcrConfiguration": {
                    "Level1": {"AcrValue": "urn:cognito:loa:1"},
                    "Level2": {"AcrValue": "urn:cognito:loa:2"},
                    "Level3": {"AcrValue": "urn:cognito:loa:3"},
                    "Level4": {"AcrValue": "urn:cognito:loa:4"},
                },
            })
        );
    }

    #[test]
    fn the_validity_of_temporary_passwords_has_two_names() {
        let pool = create(
            json!({"PoolName": "a", "AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}),
        )
        .unwrap();
        assert_eq!(pool.password_policy().temporary_password_validity_days(), 3);
        let both = json!({
            "PoolName": "a",
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 3},
            "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 4}},
        });
        assert_eq!(
            refusal(both),
            "InvalidParameterException: Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        );
    }

    #[test]
    fn the_older_names_of_messages_mirror_the_template() {
        let message = "Your code is {####}";
        let pool = create(json!({"PoolName": "a", "EmailVerificationMessage": message})).unwrap();
        let template = pool.description.verification_message_template.unwrap();
        assert_eq!(template.email_message.as_deref(), Some(message));
        let pool = create(
            json!({"PoolName": "a", "VerificationMessageTemplate": {"EmailMessage": message}}),
        )
        .unwrap();
        assert_eq!(
            pool.description.email_verification_message.as_deref(),
            Some(message)
        );
    }

    #[test]
    fn what_excludes_one_another_is_refused() {
        assert_eq!(
            refusal(json!({"PoolName": "a", "MfaConfiguration": "ON"})),
            "InvalidParameterException: SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
        );
        assert_eq!(
            refusal(
                json!({"PoolName": "a", "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}})
            ),
            "InvalidParameterException: All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        );
        for request in [
            json!({"PoolName": "a", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]}),
            json!({"PoolName": "a", "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}),
            json!({"PoolName": "a", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}}),
            json!({"PoolName": "a", "AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}}),
            json!({"PoolName": "a", "AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:2"}}}),
        ] {
            assert!(create(request.clone()).is_err(), "{request}");
        }
    }

    #[test]
    fn features_above_the_tier_are_refused() {
        let threat =
            json!({"PoolName": "a", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}});
        assert!(refusal(threat).starts_with("FeatureUnavailableInTierException: "));
        let plus = json!({"PoolName": "a", "UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}});
        assert!(create(plus).is_ok());
        let lite = json!({"PoolName": "a", "UserPoolTier": "LITE", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}});
        assert!(refusal(lite).starts_with("FeatureUnavailableInTierException: "));
    }

    #[test]
    fn an_id_belongs_to_its_region() {
        assert!(UserPool::is_id("us-east-1_abcDEF123", "us-east-1"));
        assert!(!UserPool::is_id("eu-west-1_abcDEF123", "us-east-1"));
        assert!(!UserPool::is_id("us-east-1_", "us-east-1"));
        assert!(!UserPool::is_id("us-east-1_a-b", "us-east-1"));
    }
}
