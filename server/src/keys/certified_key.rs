//! A key with its certificate, as a user pool has for SAML: self-signed, for ten
//! years; a new one every year (documentation of GetSigningCertificate).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use cognito_model::{Blob, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, date_time_ymd};
use serde::{Deserialize, Serialize};

use crate::errors::{self, Result};

const YEAR_MILLIS: i64 = 365 * 24 * 60 * 60 * 1000;
const VALID_YEARS: i16 = 10;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CertifiedKey {
    /// PKCS #8, DER.
    key: Blob,
    /// X.509, DER.
    certificate: Blob,
    issued: Timestamp,
}

impl CertifiedKey {
    pub fn make(pair: &KeyPair, common_name: &str, now: Timestamp) -> Result<Self> {
        let key: Pkcs8V1Der<'_> = pair.as_der().map_err(errors::internal)?;
        let signer = rcgen::KeyPair::try_from(key.as_ref()).map_err(errors::internal)?;
        let issued = jiff::Timestamp::from_millisecond(now.as_millis())
            .map_err(errors::internal)?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        let date = |year: i16| {
            // A leap day has no anniversary in most years; the day before it has.
            let day = issued.day().min(if issued.month() == 2 { 28 } else { 31 });
            date_time_ymd(
                i32::from(year),
                issued.month().unsigned_abs(),
                day.unsigned_abs(),
            )
        };
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, common_name);
        let mut params = CertificateParams::default();
        params.distinguished_name = name;
        params.not_before = date(issued.year());
        params.not_after = date(issued.year() + VALID_YEARS);
        let certificate = params.self_signed(&signer).map_err(errors::internal)?;
        Ok(Self {
            key: Blob::new(key.as_ref().to_vec()),
            certificate: Blob::new(certificate.der().to_vec()),
            issued: now,
        })
    }

    /// Whether it is less than a year old.
    pub fn is_current(&self, now: Timestamp) -> bool {
        now.as_millis() < self.issued.as_millis().saturating_add(YEAR_MILLIS)
    }

    /// PKCS #8, DER.
    pub fn key(&self) -> &[u8] {
        self.key.as_bytes()
    }

    pub fn certificate(&self) -> &[u8] {
        self.certificate.as_bytes()
    }
}
