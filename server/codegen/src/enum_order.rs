//! The order in which AWS names an enum's values in an error: that of a hash table, not that of the model.
//!
//! Worked out from captured answers of several services: the table has 32 buckets however many values there are, a
//! value's bucket is Java's `String.hashCode` modulo 32, and within a bucket the value that came last stands first.

const BUCKETS: u32 = 32;

pub(crate) fn in_aws_order(values: &[String]) -> Vec<&str> {
    let mut ordered: Vec<&str> = values.iter().rev().map(String::as_str).collect();
    ordered.sort_by_key(|value| java_hash(value) % BUCKETS);
    ordered
}

fn java_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(values: &str) -> String {
        let values: Vec<String> = values.split(' ').map(str::to_owned).collect();
        in_aws_order(&values).join(" ")
    }

    /// Captured in awsdocs/aws-cloudformation-user-guide#563.
    #[test]
    fn oauth_flows_stand_in_the_captured_order() {
        assert_eq!(
            ordered("code implicit client_credentials"),
            "implicit client_credentials code"
        );
    }

    /// The text that moto copies from AWS.
    #[test]
    fn attribute_data_types_stand_in_the_captured_order() {
        assert_eq!(
            ordered("String Number DateTime Boolean"),
            "Boolean Number String DateTime"
        );
    }

    /// Captured in rosberglinhares/CloudFormationCognitoCustomResources#1.
    #[test]
    fn mfa_modes_stand_in_the_captured_order() {
        assert_eq!(ordered("OFF ON OPTIONAL"), "OPTIONAL OFF ON");
    }

    /// Captured in awsdocs/aws-cloudformation-user-guide#525, of the eight values of 2019; two of them share a bucket.
    #[test]
    fn explicit_auth_flows_stand_in_the_captured_order() {
        assert_eq!(
            ordered(
                "ADMIN_NO_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY USER_PASSWORD_AUTH \
                 ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_CUSTOM_AUTH ALLOW_USER_PASSWORD_AUTH \
                 ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH"
            ),
            "ALLOW_CUSTOM_AUTH ADMIN_NO_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH \
             ALLOW_USER_PASSWORD_AUTH ALLOW_USER_SRP_AUTH CUSTOM_AUTH_FLOW_ONLY \
             USER_PASSWORD_AUTH ALLOW_ADMIN_USER_PASSWORD_AUTH"
        );
    }

    /// Lambda's runtimes, captured in localstack/localstack#8499; those of them that its model names, in its order.
    /// Of over thirty values many share a bucket.
    #[test]
    fn lambda_runtimes_stand_in_the_captured_order() {
        assert_eq!(
            ordered(
                "nodejs nodejs4.3 nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x \
                 nodejs16.x nodejs20.x java8 java8.al2 java11 java17 python3.7 python3.8 python3.9 \
                 python3.10 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 dotnet6 go1.x \
                 ruby2.7 provided provided.al2"
            ),
            "dotnetcore1.0 python3.7 nodejs8.10 ruby2.7 dotnetcore2.0 python3.8 dotnet6 \
             dotnetcore2.1 python3.9 java11 nodejs6.10 provided dotnetcore3.1 java17 nodejs \
             nodejs4.3 java8.al2 go1.x nodejs20.x nodejs10.x python3.10 java8 nodejs12.x \
             nodejs14.x nodejs16.x provided.al2"
        );
    }
}
