//! The two scalars whose form on the wire is not JSON's own: timestamps and bytes.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A moment, in milliseconds since 1970.
///
/// On the wire a JSON number of seconds with at most three fraction digits: `1689980857.949`, `1689980857`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    millis: i64,
}

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self { millis }
    }

    pub const fn as_millis(self) -> i64 {
        self.millis
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.millis % 1000 == 0 {
            serializer.serialize_i64(self.millis / 1000)
        } else {
            // Exact until the year 287396; the shortest text of the quotient has at most three fraction digits.
            let seconds = self.millis as f64 / 1000.0;
            serializer.serialize_f64(seconds)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seconds;

        impl Visitor<'_> for Seconds {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
                Ok(Timestamp::from_millis(seconds.saturating_mul(1000)))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
                self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
                // The cast saturates: there is no moment to be had beyond that.
                let millis = (seconds * 1000.0).round() as i64;
                Ok(Timestamp::from_millis(millis))
            }
        }

        deserializer.deserialize_any(Seconds)
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes; base64 on the wire.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(Vec<u8>);

impl Blob {
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes of a base64 text (padded or not), or nothing when it is none.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64.decode(text).ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Blob;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Blob, E> {
                Blob::from_base64(text).ok_or_else(|| E::custom("not base64"))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(millis: i64) -> String {
        serde_json::to_string(&Timestamp::from_millis(millis)).unwrap()
    }

    fn read(text: &str) -> i64 {
        serde_json::from_str::<Timestamp>(text).unwrap().as_millis()
    }

    #[test]
    fn a_timestamp_is_written_in_seconds_without_an_exponent() {
        for (millis, text) in [
            (1_689_980_857_949, "1689980857.949"),
            (1_689_980_857_000, "1689980857"),
            (1_689_980_857_100, "1689980857.1"),
            (1_689_980_857_010, "1689980857.01"),
            (1, "0.001"),
            (0, "0"),
            (-1, "-0.001"),
            (-1500, "-1.5"),
            (253_402_300_799_999, "253402300799.999"),
        ] {
            assert_eq!(written(millis), text);
            assert_eq!(read(text), millis);
        }
        for millis in (1_689_980_857_000..).take(1000) {
            assert_eq!(read(&written(millis)), millis);
            assert!(written(millis).len() <= "1689980857.949".len());
        }
    }

    #[test]
    fn a_timestamp_is_read_from_any_number_and_rounded() {
        for (text, millis) in [
            ("1623956729.0", 1_623_956_729_000),
            ("1.6899808579494e9", 1_689_980_857_949),
            ("1.0006", 1001),
            ("18446744073709551615", i64::MAX),
            ("1e300", i64::MAX),
            ("-1e300", i64::MIN),
        ] {
            assert_eq!(read(text), millis);
        }
        assert!(serde_json::from_str::<Timestamp>("\"1\"").is_err());
    }

    #[test]
    fn a_blob_is_base64_on_the_wire_and_silent_in_a_log() {
        let blob = Blob::new(vec![0, 255, 62]);
        assert_eq!(serde_json::to_string(&blob).unwrap(), "\"AP8+\"");
        assert_eq!(serde_json::from_str::<Blob>("\"AP8+\"").unwrap(), blob);
        assert_eq!(Blob::from_base64("YQ").unwrap().as_bytes(), b"a");
        assert!(serde_json::from_str::<Blob>("\"a b\"").is_err());
        assert_eq!(format!("{blob:?}"), "Blob(3 bytes)");
    }
}
