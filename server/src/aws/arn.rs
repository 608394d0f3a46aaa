//! Amazon Resource Names: `arn:<partition>:<service>:<region>:<account>:<resource>`.

use super::{Scope, is_account_id};

/// A parsed ARN; every part borrowed from the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next().filter(|resource| !resource.is_empty())?,
        })
    }

    /// A key of KMS, not an alias.
    pub fn is_kms_key(&self) -> bool {
        self.service == "kms"
            && is_account_id(self.account)
            && self
                .resource
                .strip_prefix("key/")
                .is_some_and(is_kms_key_id)
    }

    /// A role of IAM, with the characters and lengths of its path and name that IAM allows:
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    pub fn role(text: &'a str) -> Option<Self> {
        let arn = Self::parse(text)?;
        let (path, name) = arn.resource.strip_prefix("role")?.rsplit_once('/')?;
        let is_right = matches!(arn.partition, "aws" | "aws-cn" | "aws-us-gov")
            && (arn.service, arn.region) == ("iam", "")
            && is_account_id(arn.account)
            && (path.is_empty() || path.starts_with('/'))
            && path.len() < 512
            && path.bytes().all(|byte| byte.is_ascii_graphic())
            && (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
        is_right.then_some(arn)
    }

    /// The last part of a resource path: `admins` of `role/service/admins`.
    pub fn resource_name(&self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or(self.resource)
    }

    pub fn user_pool(scope: &Scope, id: &str) -> String {
        let Scope { account, region } = scope;
        format!(
            "arn:{}:cognito-idp:{region}:{account}:userpool/{id}",
            partition(region)
        )
    }

    /// A key or an alias of KMS: `key/<id>`, `alias/<name>`.
    pub fn kms(scope: &Scope, resource: &str) -> String {
        let Scope { account, region } = scope;
        format!(
            "arn:{}:kms:{region}:{account}:{resource}",
            partition(region)
        )
    }

    pub fn identity_pool(scope: &Scope, id: &str) -> String {
        let Scope { account, region } = scope;
        format!(
            "arn:{}:cognito-identity:{region}:{account}:identitypool/{id}",
            partition(region)
        )
    }

    /// The session that a role's temporary credentials stand for.
    pub fn assumed_role(role_arn: &Arn<'_>, session: &str) -> String {
        format!(
            "arn:{}:sts::{}:assumed-role/{}/{session}",
            role_arn.partition,
            role_arn.account,
            role_arn.resource_name()
        )
    }
}

/// AWS's ids are UUIDs; here, a test may call its key what it likes.
pub fn is_kms_key_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_in_its_parts() {
        let arn = Arn::parse("arn:aws:iam::123456789012:role/service-role/admins").unwrap();
        assert_eq!(arn.account, "123456789012");
        assert_eq!(arn.resource, "role/service-role/admins");
        assert_eq!(arn.resource_name(), "admins");
        assert_eq!(
            Arn::assumed_role(&arn, "CognitoIdentityCredentials"),
            "arn:aws:sts::123456789012:assumed-role/admins/CognitoIdentityCredentials"
        );
    }

    #[test]
    fn a_role_is_iams_of_an_account_and_has_a_name() {
        for text in [
            "arn:aws:iam::123456789012:role/a",
            "arn:aws-cn:iam::123456789012:role/service-role/+=,.@-_9",
            "arn:aws-us-gov:iam::123456789012:role/a/b/c",
        ] {
            assert!(Arn::role(text).is_some(), "{text}");
        }
        for text in [
            "arn:aws:s3:::some-bucket-name",
            "arn:aws:iam::nobody:role/x",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam:::role/x",
            "arn::iam::123456789012:role/x",
            "arn:gcp:iam::123456789012:role/x",
            "arn:aws:iam:eu-west-1:123456789012:role/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role",
            "arn:aws:iam::123456789012:role/a/",
            "arn:aws:iam::123456789012:roles/a",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam::123456789012:role/a b/c",
            "arn:aws:iam::123456789012:role/<x>",
            &format!("arn:aws:iam::123456789012:role/{}", "x".repeat(65)),
        ] {
            assert_eq!(Arn::role(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:iam::1:",
            "urn:aws:iam::1:role/a",
            "role/a",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_user_pool_arn_names_its_partition() {
        let scope = |region| Scope::new("000000000000", region);
        assert_eq!(
            Arn::user_pool(&scope("us-east-1"), "us-east-1_abc"),
            "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
        );
        assert!(Arn::user_pool(&scope("us-gov-west-1"), "x").starts_with("arn:aws-us-gov:"));
    }
}
