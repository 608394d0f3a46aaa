//! What an AWS Signature Version 4 says of its maker. The signature itself is not checked here:
//! like every double of AWS, the server accepts any unless it is told otherwise.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>

/// `Credential=<access key id>/<date>/<region>/<service>/aws4_request` of an `Authorization`
/// header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialScope<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) region: &'a str,
}

/// Why an `Authorization` header cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incomplete(pub(crate) &'static str);

impl<'a> CredentialScope<'a> {
    pub(crate) fn parse(authorization: &'a str) -> Result<Self, Incomplete> {
        let Some(parameters) = authorization.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(Incomplete("Credential"));
        };
        let parameter = |name: &'static str| {
            parameters
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .ok_or(Incomplete(name))
        };
        let credential = parameter("Credential")?;
        parameter("SignedHeaders")?;
        parameter("Signature")?;
        Self::of_credential(credential)
    }

    /// `<access key id>/<date>/<region>/<service>/aws4_request`, in a header or a query.
    pub(crate) fn of_credential(credential: &'a str) -> Result<Self, Incomplete> {
        let mut parts = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some(_service), Some(region), Some(_date), Some(access_key_id)) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(Incomplete("Credential"));
        };
        let is_region = (1..=32).contains(&region.len())
            && region
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if access_key_id.is_empty() || !is_region {
            return Err(Incomplete("Credential"));
        }
        Ok(Self {
            access_key_id,
            region,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_names_the_key_and_the_region() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-1/cognito-idp/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=abc";
        let scope = CredentialScope::parse(header).unwrap();
        assert_eq!(
            scope,
            CredentialScope {
                access_key_id: "AKIAEXAMPLE",
                region: "eu-west-1"
            }
        );
    }

    #[test]
    fn a_header_that_lacks_a_part_names_the_part() {
        for (header, part) in [
            ("Bearer abc", "Credential"),
            (
                "AWS4-HMAC-SHA256 Credential=k/d/eu west/s/aws4_request, SignedHeaders=a, Signature=b",
                "Credential",
            ),
            (
                "AWS4-HMAC-SHA256 SignedHeaders=a, Signature=b",
                "Credential",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=a, Signature=b",
                "Credential",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=/d/r/s/aws4_request, SignedHeaders=a, Signature=b",
                "Credential",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, Signature=b",
                "SignedHeaders",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, SignedHeaders=a",
                "Signature",
            ),
        ] {
            assert_eq!(
                CredentialScope::parse(header),
                Err(Incomplete(part)),
                "{header}"
            );
        }
    }
}
