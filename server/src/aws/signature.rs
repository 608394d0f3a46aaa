//! AWS Signature Version 4: what one says of its maker, and whether it is right. By default the server
//! looks at the first only, like every double of AWS.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use cognito_model::Timestamp;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;

use super::sigv4::{encode, hexadecimal, signature};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const MINUTE: i64 = 60 * 1000;
/// Seconds for which an address may be presigned (documented).
const LIVES: std::ops::RangeInclusive<i64> = 1..=7 * 24 * 60 * 60;

/// `<access key id>/<date>/<region>/<service>/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialScope<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The part of a signature that is missing, or no such part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Incomplete(pub(crate) &'static str);

/// Why a signature is not of this request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Signature,
    /// The host is not signed.
    Host,
    /// A header of AWS's own is not signed.
    Header(String),
    /// A presigned address is signed by another algorithm, or for no time from a second to a week.
    Algorithm,
    Life,
    /// It is for another service than this.
    Service(String),
    /// No time, or the date of the credential is not that of the time.
    Time,
    Date {
        credential: String,
        date: String,
        time: String,
    },
    /// Made too long ago: its time, the earliest that is taken, now, and the minutes between.
    Expired {
        time: String,
        earliest: String,
        now: String,
        minutes: i64,
    },
    /// From the future.
    NotYet {
        time: String,
        latest: String,
        now: String,
        minutes: i64,
    },
}

impl<'a> CredentialScope<'a> {
    fn parse(credential: &'a str) -> Result<Self, Incomplete> {
        let mut parts = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(access_key_id)) = (
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
            date,
            region,
            service,
        })
    }
}

/// A signature, in the `Authorization` header or in the query of a presigned address.
#[derive(Debug)]
pub(crate) struct Signature {
    credential: String,
    signed_headers: String,
    signature: String,
    time: Option<String>,
    presigned: Option<Presigned>,
    pub(crate) session_token: Option<String>,
}

/// What a presigned address says of its signature beside the rest.
#[derive(Debug)]
struct Presigned {
    algorithm: Option<String>,
    /// Seconds for which it is good; those of the service where it says nothing.
    life: Option<String>,
}

impl Presigned {
    fn life(&self) -> Result<Option<i64>, Mismatch> {
        if self.algorithm.as_deref() != Some(ALGORITHM) {
            return Err(Mismatch::Algorithm);
        }
        let Some(life) = &self.life else {
            return Ok(None);
        };
        let seconds = life.parse().ok().filter(|life| LIVES.contains(life));
        seconds.map(Some).ok_or(Mismatch::Life)
    }
}

impl Signature {
    /// `None` where the request bears none.
    pub(crate) fn of(head: &Parts) -> Result<Option<Self>, Incomplete> {
        if let Some(authorization) = head.headers.get(AUTHORIZATION) {
            let authorization = authorization
                .to_str()
                .map_err(|_| Incomplete("Credential"))?;
            let header = |name| {
                let value = head.headers.get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            let mut signature = Self::of_header(authorization)?;
            signature.time = header("x-amz-date");
            signature.session_token = header("x-amz-security-token");
            return Ok(Some(signature));
        }
        let query = head.uri.query().unwrap_or_default();
        let parameter = |wanted| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let Some(credential) = parameter("X-Amz-Credential") else {
            return Ok(None);
        };
        Ok(Some(Self {
            credential,
            signed_headers: parameter("X-Amz-SignedHeaders").unwrap_or_default(),
            signature: parameter("X-Amz-Signature").unwrap_or_default(),
            time: parameter("X-Amz-Date"),
            presigned: Some(Presigned {
                algorithm: parameter("X-Amz-Algorithm"),
                life: parameter("X-Amz-Expires"),
            }),
            session_token: parameter("X-Amz-Security-Token"),
        }))
    }

    fn of_header(authorization: &str) -> Result<Self, Incomplete> {
        let Some(parameters) = authorization.strip_prefix(ALGORITHM) else {
            return Err(Incomplete("Credential"));
        };
        let parameter = |name: &'static str| {
            parameters
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
                .ok_or(Incomplete(name))
        };
        let signature = Self {
            credential: parameter("Credential")?,
            signed_headers: parameter("SignedHeaders")?,
            signature: parameter("Signature")?,
            time: None,
            presigned: None,
            session_token: None,
        };
        signature.scope()?;
        Ok(signature)
    }

    pub(crate) fn scope(&self) -> Result<CredentialScope<'_>, Incomplete> {
        CredentialScope::parse(&self.credential)
    }

    /// Whether the holder of a secret signed this very request, for this service, no more than so many
    /// minutes from now.
    pub(crate) fn check(
        &self,
        head: &Parts,
        body: &[u8],
        secret: &str,
        service: &str,
        now: Timestamp,
        patience: i64,
    ) -> Result<(), Mismatch> {
        let scope = self.scope().map_err(|_| Mismatch::Signature)?;
        if scope.service != service {
            return Err(Mismatch::Service(service.to_owned()));
        }
        let signed: Vec<&str> = self.signed_headers.split(';').collect();
        if !signed.contains(&"host") {
            return Err(Mismatch::Host);
        }
        // What says what a request does is signed, whatever stands there; a proxy may add its own.
        let mut headers = head.headers.keys().map(|name| name.as_str());
        let unsigned = headers.find(|name| {
            name.starts_with("x-amz-") && *name != "x-amz-content-sha256" && !signed.contains(name)
        });
        if let Some(name) = unsigned {
            return Err(Mismatch::Header(name.to_owned()));
        }
        let time = self.check_time(&scope, now, patience)?;
        let request = canonical_request(head, body, &signed, self.presigned.is_some());
        let CredentialScope { date, region, .. } = scope;
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let wanted = signature(secret, &scope, time, &request);
        verify_slices_are_equal(wanted.as_bytes(), self.signature.as_bytes())
            .map_err(|_| Mismatch::Signature)
    }

    fn check_time(
        &self,
        scope: &CredentialScope<'_>,
        now: Timestamp,
        minutes: i64,
    ) -> Result<&str, Mismatch> {
        let time = self.time.as_deref().ok_or(Mismatch::Time)?;
        let made = DateTime::strptime(TIME_FORMAT, time)
            .and_then(|it| it.to_zoned(TimeZone::UTC))
            .map_err(|_| Mismatch::Time)?
            .timestamp()
            .as_millisecond();
        let date = time.get(..8).unwrap_or_default();
        if scope.date != date {
            return Err(Mismatch::Date {
                credential: scope.date.to_owned(),
                date: date.to_owned(),
                time: time.to_owned(),
            });
        }
        let now = now.as_millis();
        let patience = minutes * MINUTE;
        let life = self.presigned.as_ref().map(Presigned::life).transpose()?;
        let life = life.flatten().map_or(patience, |seconds| seconds * 1000);
        if made + life < now {
            return Err(Mismatch::Expired {
                time: time.to_owned(),
                earliest: shown(now - life),
                now: shown(now),
                minutes: life / MINUTE,
            });
        }
        if made > now + patience {
            return Err(Mismatch::NotYet {
                time: time.to_owned(),
                latest: shown(now + patience),
                now: shown(now),
                minutes,
            });
        }
        Ok(time)
    }
}

fn shown(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.strftime(TIME_FORMAT).to_string()
}

/// The services here have no path, so there is nothing to normalize.
fn canonical_request(head: &Parts, body: &[u8], signed: &[&str], is_presigned: bool) -> String {
    let query = head.uri.query().unwrap_or_default();
    // What is signed are bytes: no plus is a blank, and what is no UTF-8 is nothing else either.
    let canonical = |text: &str| encode(percent_decode_str(text).collect::<Vec<u8>>());
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .map(|(name, value)| (canonical(name), canonical(value)))
        .filter(|(name, _)| !is_presigned || name != "X-Amz-Signature")
        .collect();
    parameters.sort();
    let parameters: Vec<String> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut request = format!(
        "{}\n{}\n{}\n",
        head.method,
        head.uri.path(),
        parameters.join("&")
    );
    for name in signed {
        let values = head.headers.get_all(*name).iter();
        let mut values: Vec<String> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        // HTTP/2 has the host in its address.
        if let (true, "host", Some(host)) = (values.is_empty(), *name, head.uri.authority()) {
            values.push(host.to_string());
        }
        request.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let body = hexadecimal(digest(&SHA256, body).as_ref());
    request.push_str(&format!("\n{}\n{body}", signed.join(";")));
    request
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    /// 2015-08-30T12:36:00Z.
    const NOW: i64 = 1_440_938_160_000;

    fn head(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    /// One of the examples of AWS's test suite of signatures: `get-vanilla-query-order-key-case`.
    fn example(signature: &str) -> Parts {
        let scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        head(
            Request::get("/?Param2=value2&Param1=value1")
                .header("host", "example.amazonaws.com")
                .header("x-amz-date", "20150830T123600Z")
                .header(
                    AUTHORIZATION,
                    format!(
                        "{ALGORITHM} {scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
                    ),
                ),
        )
    }

    const SIGNATURE: &str = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";

    fn check(head: &Parts, body: &[u8], secret: &str, now: i64) -> Result<(), Mismatch> {
        let signature = Signature::of(head).unwrap().unwrap();
        signature.check(
            head,
            body,
            secret,
            "service",
            Timestamp::from_millis(now),
            5,
        )
    }

    #[test]
    fn an_example_of_aws_is_right_and_every_change_of_it_is_wrong() {
        let right = example(SIGNATURE);
        assert_eq!(check(&right, b"", KEY, NOW), Ok(()));
        assert_eq!(check(&right, b"", "other", NOW), Err(Mismatch::Signature));
        assert_eq!(check(&right, b"x", KEY, NOW), Err(Mismatch::Signature));
        let short = &SIGNATURE[..63];
        assert_eq!(
            check(&example(short), b"", KEY, NOW),
            Err(Mismatch::Signature)
        );
        assert_eq!(check(&example(""), b"", KEY, NOW), Err(Mismatch::Signature));
        let mut changed = example(SIGNATURE);
        changed.uri = "/?Param2=value2&Param1=value3".parse().unwrap();
        assert_eq!(check(&changed, b"", KEY, NOW), Err(Mismatch::Signature));
        let mut changed = example(SIGNATURE);
        changed.method = http::Method::POST;
        assert_eq!(check(&changed, b"", KEY, NOW), Err(Mismatch::Signature));
        let mut changed = example(SIGNATURE);
        changed.headers.insert("host", "elsewhere".parse().unwrap());
        assert_eq!(check(&changed, b"", KEY, NOW), Err(Mismatch::Signature));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_around_its_time() {
        let right = example(SIGNATURE);
        for now in [NOW - 5 * MINUTE, NOW + 5 * MINUTE] {
            assert_eq!(check(&right, b"", KEY, now), Ok(()));
        }
        assert_eq!(
            check(&right, b"", KEY, NOW + 5 * MINUTE + 1000),
            Err(Mismatch::Expired {
                time: "20150830T123600Z".to_owned(),
                earliest: "20150830T123601Z".to_owned(),
                now: "20150830T124101Z".to_owned(),
                minutes: 5,
            })
        );
        assert_eq!(
            check(&right, b"", KEY, NOW - 5 * MINUTE - 1000),
            Err(Mismatch::NotYet {
                time: "20150830T123600Z".to_owned(),
                latest: "20150830T123559Z".to_owned(),
                now: "20150830T123059Z".to_owned(),
                minutes: 5,
            })
        );
    }

    #[test]
    fn what_is_signed_is_for_a_service_a_date_and_a_host() {
        let with = |from: &str, to: &str| {
            let mut parts = example(SIGNATURE);
            let old = parts.headers[AUTHORIZATION].to_str().unwrap();
            let new = old.replace(from, to).parse().unwrap();
            parts.headers.insert(AUTHORIZATION, new);
            check(&parts, b"", KEY, NOW)
        };
        assert_eq!(
            with("/service/", "/other/"),
            Err(Mismatch::Service("service".to_owned()))
        );
        assert_eq!(with("host;x-amz-date", "x-amz-date"), Err(Mismatch::Host));
        let dated = Mismatch::Date {
            credential: "20150831".to_owned(),
            date: "20150830".to_owned(),
            time: "20150830T123600Z".to_owned(),
        };
        assert_eq!(with("/20150830/", "/20150831/"), Err(dated));
        for time in [
            None,
            Some("today"),
            Some("20150830T126600Z"),
            Some("20150830"),
        ] {
            let mut parts = example(SIGNATURE);
            parts.headers.remove("x-amz-date");
            if let Some(time) = time {
                parts.headers.insert("x-amz-date", time.parse().unwrap());
            }
            assert_eq!(
                check(&parts, b"", KEY, NOW),
                Err(Mismatch::Time),
                "{time:?}"
            );
        }
    }

    #[test]
    fn a_header_of_aws_is_signed() {
        for (name, verdict) in [
            (
                "x-amz-target",
                Err(Mismatch::Header("x-amz-target".to_owned())),
            ),
            (
                "x-amz-security-token",
                Err(Mismatch::Header("x-amz-security-token".to_owned())),
            ),
            ("x-amz-content-sha256", Ok(())),
            ("x-amzn-trace-id", Ok(())),
            ("accept", Ok(())),
        ] {
            let mut parts = example(SIGNATURE);
            parts.headers.insert(name, "any".parse().unwrap());
            assert_eq!(check(&parts, b"", KEY, NOW), verdict, "{name}");
        }
    }

    /// An address as somebody signs it who canonicalizes by hand: the parameters are sent as they are signed.
    fn presigned(algorithm: &str, life: &str, more: &str) -> String {
        let scope = "20150830/us-east-1/service/aws4_request";
        let mut parameters = vec![
            format!("X-Amz-Algorithm={algorithm}"),
            format!("X-Amz-Credential=AKIDEXAMPLE%2F{}", encode(scope)),
            "X-Amz-Date=20150830T123600Z".to_owned(),
            "X-Amz-SignedHeaders=host".to_owned(),
        ];
        if !life.is_empty() {
            parameters.push(format!("X-Amz-Expires={life}"));
        }
        parameters.push(more.to_owned());
        parameters.sort();
        let query = parameters.join("&");
        let empty = hexadecimal(digest(&SHA256, b"").as_ref());
        let request = format!("GET\n/\n{query}\nhost:example.amazonaws.com\n\nhost\n{empty}");
        let signature = signature(KEY, scope, "20150830T123600Z", &request);
        format!("/?{query}&X-Amz-Signature={signature}")
    }

    fn check_address(address: &str, now: i64) -> Result<(), Mismatch> {
        let head = head(Request::get(address).header("host", "example.amazonaws.com"));
        check(&head, b"", KEY, now)
    }

    #[test]
    fn a_presigned_address_says_how_and_for_how_long() {
        for life in ["1", "604800"] {
            assert_eq!(
                check_address(&presigned(ALGORITHM, life, "a=1"), NOW),
                Ok(())
            );
        }
        for life in [
            "0",
            "-1",
            "604801",
            "2592000",
            "junk",
            "1.5",
            "99999999999999999999",
        ] {
            let address = presigned(ALGORITHM, life, "a=1");
            assert_eq!(check_address(&address, NOW), Err(Mismatch::Life), "{life}");
        }
        for algorithm in ["NONSENSE", "", "AWS4-ECDSA-P256-SHA256"] {
            let address = presigned(algorithm, "60", "a=1");
            assert_eq!(check_address(&address, NOW), Err(Mismatch::Algorithm));
        }
        let without = presigned(ALGORITHM, "60", "a=1").replace("X-Amz-Algorithm", "X-Amz-Other");
        assert_eq!(check_address(&without, NOW), Err(Mismatch::Algorithm));
        // Go's clients name no life, and have the service's own.
        let address = presigned(ALGORITHM, "", "a=1");
        assert_eq!(check_address(&address, NOW + 5 * MINUTE), Ok(()));
        assert!(check_address(&address, NOW + 6 * MINUTE).is_err());
    }

    #[test]
    fn a_query_is_signed_byte_by_byte() {
        for (signed, sent) in [("z=a%20b", "z=a+b"), ("z=%EF%BF%BD", "z=%FF")] {
            let address = presigned(ALGORITHM, "60", signed);
            assert_eq!(check_address(&address, NOW), Ok(()), "{signed}");
            let changed = address.replace(signed, sent);
            assert_eq!(
                check_address(&changed, NOW),
                Err(Mismatch::Signature),
                "{sent}"
            );
        }
        for signed in ["z=%FF", "z=a%2Bb", "z="] {
            let address = presigned(ALGORITHM, "60", signed);
            assert_eq!(check_address(&address, NOW), Ok(()), "{signed}");
        }
    }

    #[test]
    fn the_scope_names_the_key_and_the_region() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-1/cognito-idp/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=abc";
        let signature = Signature::of_header(header).unwrap();
        assert_eq!(
            signature.scope().unwrap(),
            CredentialScope {
                access_key_id: "AKIAEXAMPLE",
                date: "20260101",
                region: "eu-west-1",
                service: "cognito-idp",
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
            let refused = Signature::of_header(header).unwrap_err();
            assert_eq!(refused, Incomplete(part), "{header}");
        }
    }
}
