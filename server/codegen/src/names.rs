//! Names: from the model's spelling to Rust's.

/// `SMSMfaSettings` → `sms_mfa_settings`, `CallbackURLs` → `callback_urls`, `AllowedOAuthFlows` → `allowed_oauth_flows`.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// A field's name: `snake_case`, and raw where that is a keyword.
pub(crate) fn field(name: &str) -> String {
    let snake = snake_case(name);
    match snake.as_str() {
        "type" | "match" | "ref" | "use" | "where" | "move" | "loop" | "mod" | "in" | "if"
        | "for" | "fn" | "enum" | "const" | "static" | "struct" | "trait" | "true" | "false"
        | "async" | "await" | "dyn" | "impl" | "let" | "pub" | "return" | "unsafe" | "while"
        | "abstract" | "default" | "final" | "override" | "priv" | "try" | "yield" => {
            format!("r#{snake}")
        }
        _ => snake,
    }
}

/// `UserPoolIdType` → `USER_POOL_ID_TYPE`.
pub(crate) fn constant(name: &str) -> String {
    snake_case(name).to_uppercase()
}

/// What serde's `rename_all = "PascalCase"` makes of a field.
pub(crate) fn pascal_case(snake: &str) -> String {
    snake.split('_').map(capitalised).collect()
}

/// The variant of an enum's value: `USER_PASSWORD_AUTH` → `UserPasswordAuth`, `cognito:default` → `CognitoDefault`.
///
/// An underscore stays between two digits, so that `V1_0` and `V10` differ.
pub(crate) fn variant(value: &str) -> String {
    let mut name = String::new();
    for word in value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if name.ends_with(|c: char| c.is_ascii_digit())
            && word.starts_with(|c: char| c.is_ascii_digit())
        {
            name.push('_');
        }
        if word.chars().any(|c| c.is_ascii_lowercase()) {
            name.push_str(&capitalised(word));
        } else {
            name.push_str(&capitalised(&word.to_lowercase()));
        }
    }
    name
}

/// A string as a Rust literal.
pub(crate) fn literal(text: &str) -> String {
    if text.contains('\\') && !text.contains('"') {
        format!("r\"{text}\"")
    } else {
        format!("{text:?}")
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

fn words(name: &str) -> Vec<String> {
    // These are one word, whatever their capitals say.
    let name = name.replace("OAuth", "Oauth").replace("ETag", "Etag");
    let letters: Vec<char> = name.chars().collect();
    let is_upper = |i: usize| letters.get(i).is_some_and(char::is_ascii_uppercase);
    let is_lower = |i: usize| letters.get(i).is_some_and(char::is_ascii_lowercase);
    let mut words: Vec<String> = Vec::new();
    for (i, letter) in letters.iter().enumerate() {
        // The last capital of a run opens the next word (`CSVHeader`), unless only a plural s follows (`ARNs`).
        let is_plural = letters.get(i + 1) == Some(&'s') && !is_lower(i + 2);
        let opens = is_lower(i + 1) && !is_plural;
        let starts = i == 0 || is_upper(i) && (!is_upper(i - 1) || opens);
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_case_knows_acronyms() {
        for (name, snake) in [
            ("UserPoolId", "user_pool_id"),
            ("SMSMfaSettings", "sms_mfa_settings"),
            ("CSVHeader", "csv_header"),
            ("CSS", "css"),
            ("CSSVersion", "css_version"),
            ("CallbackURLs", "callback_urls"),
            (
                "AllowedOAuthFlowsUserPoolClient",
                "allowed_oauth_flows_user_pool_client",
            ),
            ("RoleARN", "role_arn"),
            ("SamlProviderARNs", "saml_provider_arns"),
            ("OpenIdConnectProviderARNs", "open_id_connect_provider_arns"),
            ("UserMFASettingList", "user_mfa_setting_list"),
            ("ETag", "etag"),
            ("AWSAccountId", "aws_account_id"),
            ("S3Bucket", "s3_bucket"),
            (
                "PrimaryRoute53HealthCheckId",
                "primary_route53_health_check_id",
            ),
            ("headerName", "header_name"),
            ("GetCSVHeader", "get_csv_header"),
            ("AdminSetUserMFAPreference", "admin_set_user_mfa_preference"),
            ("SetUICustomization", "set_ui_customization"),
            ("StartWebAuthnRegistration", "start_web_authn_registration"),
            ("GetUserPoolMfaConfig", "get_user_pool_mfa_config"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
        assert_eq!(field("Type"), "r#type");
    }

    #[test]
    fn variants_are_camel_case_and_keep_digits_apart() {
        for (value, name) in [
            ("USER_PASSWORD_AUTH", "UserPasswordAuth"),
            ("verified_email", "VerifiedEmail"),
            ("V1_0", "V1_0"),
            ("cognito:default", "CognitoDefault"),
            ("TLS_V1_2_2021", "TlsV1_2_2021"),
            ("InProgress", "InProgress"),
            ("N_A", "NA"),
            ("userNotification", "UserNotification"),
        ] {
            assert_eq!(variant(value), name);
        }
    }
}
