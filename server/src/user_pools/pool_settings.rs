//! The settings of a user pool as AWS describes them: the defaults, and what may not be combined
//! (facts/wire.md §2.2; CreateUserPool's documentation).

use std::collections::{BTreeMap, BTreeSet};

use cognito_model::idp::{
    AcrLevelConfigType, AdminCreateUserConfigType, AdvancedSecurityModeType, AuthFactorType,
    CreateUserPoolRequest, DefaultEmailOptionType, DeletionProtectionType, EmailConfigurationType,
    EmailSendingAccountType, EncryptionKeyType, IssuerConfigurationType, IssuerType,
    KeyConfigurationType, LambdaConfigType, PasswordPolicyType,
    PreTokenGenerationLambdaVersionType, RecoveryOptionNameType, SchemaAttributeType,
    SignInPolicyType, UserPoolMfaType, UserPoolPolicyType, UserPoolTierType, UserPoolType,
    VerificationMessageTemplateType,
};

use super::PasswordPolicy;
use super::registration::is_on;
use crate::aws::Arn;
use crate::errors::{self, Result};

/// A pool as its settings describe it, with every default; what makes it this very pool is left open.
pub(super) fn describe(
    request: CreateUserPoolRequest,
    schema: Vec<SchemaAttributeType>,
    region: &str,
) -> Result<UserPoolType> {
    check(&request)?;
    if let Some(lambdas) = &request.lambda_config {
        check_functions(lambdas, region)?;
    }
    let policies = request.policies.unwrap_or_default();
    let mut password_policy = policies.password_policy;
    let admin_config = request.admin_create_user_config.unwrap_or_default();
    let validity = one_validity(password_policy.as_ref(), &admin_config)?;
    if let (Some(validity), None) = (validity, &password_policy) {
        password_policy = Some(PasswordPolicyType {
            temporary_password_validity_days: Some(validity),
            ..PasswordPolicy::with_defaults(None)
        });
    }
    let mut password_policy = PasswordPolicy::with_defaults(password_policy);
    password_policy.temporary_password_validity_days = Some(validity.unwrap_or(7));
    let verification = verification_template(
        request.verification_message_template,
        request.email_verification_message,
        request.email_verification_subject,
        request.sms_verification_message,
    );
    Ok(UserPoolType {
        arn: None,
        id: None,
        name: Some(request.pool_name),
        policies: Some(UserPoolPolicyType {
            sign_in_policy: Some(policies.sign_in_policy.unwrap_or(SignInPolicyType {
                allowed_first_auth_factors: Some(vec![AuthFactorType::Password]),
            })),
            password_policy: Some(password_policy),
        }),
        deletion_protection: Some(
            request
                .deletion_protection
                .unwrap_or(DeletionProtectionType::Inactive),
        ),
        lambda_config: Some(request.lambda_config.unwrap_or_default()),
        status: None,
        last_modified_date: None,
        creation_date: None,
        schema_attributes: Some(schema),
        auto_verified_attributes: request.auto_verified_attributes,
        alias_attributes: request.alias_attributes,
        username_attributes: request.username_attributes,
        // The older members mirror the template.
        sms_verification_message: verification.sms_message.clone(),
        email_verification_message: verification.email_message.clone(),
        email_verification_subject: verification.email_subject.clone(),
        verification_message_template: Some(verification),
        sms_authentication_message: request.sms_authentication_message,
        user_attribute_update_settings: request.user_attribute_update_settings,
        mfa_configuration: Some(request.mfa_configuration.unwrap_or(UserPoolMfaType::Off)),
        device_configuration: request.device_configuration,
        estimated_number_of_users: None,
        email_configuration: Some(with_sending_account(request.email_configuration)),
        sms_configuration: request.sms_configuration,
        user_pool_tags: Some(request.user_pool_tags.unwrap_or_default()),
        sms_configuration_failure: None,
        email_configuration_failure: None,
        domain: None,
        custom_domain: None,
        admin_create_user_config: Some(AdminCreateUserConfigType {
            allow_admin_create_user_only: Some(
                admin_config.allow_admin_create_user_only.unwrap_or(false),
            ),
            unused_account_validity_days: Some(validity.unwrap_or(7)),
            invite_message_template: admin_config.invite_message_template,
        }),
        user_pool_add_ons: request.user_pool_add_ons,
        dcr_configuration: request.dcr_configuration,
        username_configuration: request.username_configuration,
        account_recovery_setting: request.account_recovery_setting,
        user_pool_tier: Some(
            request
                .user_pool_tier
                .unwrap_or(UserPoolTierType::Essentials),
        ),
        key_configuration: Some(request.key_configuration.unwrap_or(KeyConfigurationType {
            key_type: Some(EncryptionKeyType::AwsOwnedKey),
            kms_key_arn: None,
        })),
        issuer_configuration: Some(request.issuer_configuration.unwrap_or(
            IssuerConfigurationType {
                r#type: Some(IssuerType::Original),
            },
        )),
        acr_configuration: Some(acr_levels(request.acr_configuration.unwrap_or_default())?),
    })
}

/// What a request may not combine.
fn check(request: &CreateUserPoolRequest) -> Result<()> {
    if let Some(settings) = &request.user_attribute_update_settings {
        let auto_verified = request
            .auto_verified_attributes
            .as_deref()
            .unwrap_or_default();
        let listed = settings
            .attributes_require_verification_before_update
            .iter()
            .flatten();
        if listed
            .into_iter()
            .any(|attribute| !auto_verified.contains(attribute))
        {
            return Err(errors::update_verification_needs_auto_verified());
        }
    }
    if let Some(template) = &request.verification_message_template
        && template.email_message.is_some()
        && template.email_message_by_link.is_some()
    {
        return Err(errors::both_verification_messages());
    }
    if let Some(email) = &request.email_configuration
        && email.email_sending_account == Some(EmailSendingAccountType::Developer)
        && email.source_arn.is_none()
    {
        return Err(errors::email_source_needed());
    }
    if let Some(factors) = first_factors(request)
        && factors
            .iter()
            .all(|factor| *factor == AuthFactorType::WebAuthn)
    {
        return Err(errors::invalid_setting(
            "AllowedFirstAuthFactors",
            "WEB_AUTHN cannot be the only factor.",
        ));
    }
    if let Some(key) = &request.key_configuration {
        let own = key.key_type == Some(EncryptionKeyType::CustomerManagedKey);
        if own != key.kms_key_arn.is_some() {
            return Err(errors::invalid_setting(
                "KeyConfiguration",
                "KmsKeyArn is required for, and only for, KeyType CUSTOMER_MANAGED_KEY.",
            ));
        }
    }
    check_recovery(request)?;
    check_tier(request)
}

fn check_functions(lambdas: &LambdaConfigType, region: &str) -> Result<()> {
    let has_sender = lambdas.custom_email_sender.is_some() || lambdas.custom_sms_sender.is_some();
    match &lambdas.kms_key_id {
        None if has_sender => return Err(errors::custom_sender_needs_key()),
        Some(key) if !Arn::parse(key).is_some_and(|it| it.is_kms_key() && it.region == region) => {
            return Err(errors::invalid_sender_key(key));
        }
        _ => {}
    }
    match (
        &lambdas.pre_token_generation,
        &lambdas.pre_token_generation_config,
    ) {
        (Some(older), Some(newer)) if *older != newer.lambda_arn => {
            Err(errors::two_pre_token_generations())
        }
        _ => Ok(()),
    }
}

fn first_factors(request: &CreateUserPoolRequest) -> Option<&[AuthFactorType]> {
    request
        .policies
        .as_ref()?
        .sign_in_policy
        .as_ref()?
        .allowed_first_auth_factors
        .as_deref()
}

/// Each mechanism and each priority once; `admin_only` alone.
fn check_recovery(request: &CreateUserPoolRequest) -> Result<()> {
    let Some(setting) = &request.account_recovery_setting else {
        return Ok(());
    };
    let mechanisms = setting.recovery_mechanisms.as_deref().unwrap_or_default();
    let names: BTreeSet<_> = mechanisms.iter().map(|it| it.name.as_str()).collect();
    let priorities: BTreeSet<_> = mechanisms.iter().map(|it| it.priority).collect();
    let repeats = names.len() != mechanisms.len() || priorities.len() != mechanisms.len();
    let mixed = names.contains(RecoveryOptionNameType::AdminOnly.as_str()) && names.len() > 1;
    if repeats || mixed {
        Err(errors::invalid_account_recovery())
    } else {
        Ok(())
    }
}

/// Features above the pool's tier
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html>).
fn check_tier(request: &CreateUserPoolRequest) -> Result<()> {
    let tier = request
        .user_pool_tier
        .unwrap_or(UserPoolTierType::Essentials);
    let refuse = |feature| Err(errors::feature_unavailable_in_tier(feature, tier.as_str()));
    let threat_protection = request
        .user_pool_add_ons
        .as_ref()
        .is_some_and(|add_ons| add_ons.advanced_security_mode != AdvancedSecurityModeType::Off);
    if threat_protection && tier != UserPoolTierType::Plus {
        return refuse("Threat protection");
    }
    if tier != UserPoolTierType::Lite {
        return Ok(());
    }
    if first_factors(request)
        .is_some_and(|factors| factors.iter().any(|it| *it != AuthFactorType::Password))
    {
        return refuse("Passwordless sign-in");
    }
    let history = request
        .policies
        .as_ref()
        .and_then(|policies| policies.password_policy.as_ref()?.password_history_size);
    if history.is_some_and(|size| size > 0) {
        return refuse("Password history");
    }
    let version = request
        .lambda_config
        .as_ref()
        .and_then(|lambdas| Some(lambdas.pre_token_generation_config.as_ref()?.lambda_version));
    if version.is_some_and(|version| version != PreTokenGenerationLambdaVersionType::V1_0) {
        return refuse("Access token customization");
    }
    if request
        .issuer_configuration
        .as_ref()
        .is_some_and(|it| it.r#type == Some(IssuerType::Updated))
    {
        return refuse("The updated issuer");
    }
    if request.dcr_configuration.as_ref().is_some_and(is_on) {
        return refuse("Dynamic client registration");
    }
    if request
        .acr_configuration
        .as_ref()
        .is_some_and(|levels| !levels.is_empty())
    {
        return refuse("ACR configuration");
    }
    Ok(())
}

/// The validity of temporary passwords has an older name; the two may not differ.
fn one_validity(
    policy: Option<&PasswordPolicyType>,
    admin_config: &AdminCreateUserConfigType,
) -> Result<Option<i32>> {
    let new_name = policy.and_then(|policy| policy.temporary_password_validity_days);
    match (new_name, admin_config.unused_account_validity_days) {
        (Some(new), Some(old)) if new != old => Err(errors::two_temporary_password_validities()),
        (new, old) => Ok(new.or(old)),
    }
}

/// The template, with what came under the older names filled in.
fn verification_template(
    template: Option<VerificationMessageTemplateType>,
    message: Option<String>,
    subject: Option<String>,
    sms: Option<String>,
) -> VerificationMessageTemplateType {
    let template = template.unwrap_or_default();
    VerificationMessageTemplateType {
        sms_message: template.sms_message.or(sms),
        email_message: template.email_message.or(message),
        email_subject: template.email_subject.or(subject),
        default_email_option: template
            .default_email_option
            .or(Some(DefaultEmailOptionType::ConfirmWithCode)),
        ..template
    }
}

fn with_sending_account(configuration: Option<EmailConfigurationType>) -> EmailConfigurationType {
    let configuration = configuration.unwrap_or_default();
    EmailConfigurationType {
        email_sending_account: configuration
            .email_sending_account
            .or(Some(EmailSendingAccountType::CognitoDefault)),
        ..configuration
    }
}

/// All four levels, the default name where the request gives none.
fn acr_levels(
    mut levels: BTreeMap<String, AcrLevelConfigType>,
) -> Result<BTreeMap<String, AcrLevelConfigType>> {
    for level in 1..=4 {
        levels
            .entry(format!("Level{level}"))
            .or_insert_with(|| AcrLevelConfigType {
                acr_value: format!("urn:cognito:loa:{level}"),
            });
    }
    let names: BTreeSet<_> = levels
        .values()
        .map(|level| level.acr_value.as_str())
        .collect();
    if names.len() == levels.len() {
        Ok(levels)
    } else {
        Err(errors::acr_values_not_unique())
    }
}
