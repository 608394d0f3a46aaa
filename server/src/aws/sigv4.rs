//! How this server signs requests of its own with an AWS Signature Version 4.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>

use std::fmt::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use cognito_model::Timestamp;
use http::header::{AUTHORIZATION, HeaderName};

/// AWS's credentials of this server itself.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.access_key_id;
        f.debug_struct("Credentials")
            .field("access_key_id", id)
            .finish_non_exhaustive()
    }
}

/// Who signs a request, and for where.
pub(crate) struct Signer<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl Signer<'_> {
    /// Signs all of these headers, which stand in the order of their names, and adds its own. Path and query
    /// are as they are sent; the query has one parameter at most.
    pub(crate) fn sign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &mut Vec<(HeaderName, String)>,
        payload: &[u8],
        now: Timestamp,
    ) {
        let Self {
            credentials,
            region,
            service,
        } = self;
        let now = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
        let (date, time) = (now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ"));
        let own = [
            ("x-amz-date", Some(time.to_string())),
            ("x-amz-security-token", credentials.session_token.clone()),
        ];
        for (name, value) in own {
            headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
        }
        headers.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        // A second time, as every service but S3 wants it.
        let path: Vec<String> = path.split('/').map(encode).collect();
        let canonical = format!(
            "{method}\n{}\n{query}\n{lines}\n{names}\n{}",
            path.join("/"),
            hexadecimal(digest(&SHA256, payload).as_ref())
        );
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let secret = &credentials.secret_access_key;
        let signature = signature(secret, &scope, &time.to_string(), &canonical);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            credentials.access_key_id, signature
        );
        headers.push((AUTHORIZATION, authorization));
    }
}

/// Of a canonical request, by the holder of a secret.
pub(super) fn signature(secret: &str, scope: &str, time: &str, canonical: &str) -> String {
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hexadecimal(digest(&SHA256, canonical.as_bytes()).as_ref())
    );
    let steps = scope.split('/').chain([text.as_str()]);
    let signature = steps.fold(format!("AWS4{secret}").into_bytes(), |key, step| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        hmac::sign(&key, step.as_bytes()).as_ref().to_vec()
    });
    hexadecimal(&signature)
}

/// As AWS's signatures have it: all but unreserved characters.
pub(crate) fn encode(text: impl AsRef<[u8]>) -> String {
    let text = text.as_ref();
    let mut encoded = String::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get-vanilla` of AWS's published test suite for signatures.
    #[test]
    fn a_signature_is_that_of_aws_s_own_test_suite() {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let signer = Signer {
            credentials: &credentials,
            region: "us-east-1",
            service: "service",
        };
        let mut headers = vec![(http::header::HOST, "example.amazonaws.com".to_owned())];
        let now = Timestamp::from_millis(1_440_938_160_000);
        signer.sign("GET", "/", "", &mut headers, b"", now);
        assert_eq!(
            headers[2].1,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
    }
}
