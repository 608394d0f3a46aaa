//! The codes of authenticator apps: RFC 6238 with SHA-1, six digits and 30 seconds, one step early or
//! late (facts/users.md §11).

use aws_lc_rs::hmac;

pub(super) fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = bytes.iter().map(|b| format!("{b:08b}")).collect();
    bits.as_bytes()
        .chunks(5)
        .map(|c| {
            let t = format!("{:0<5}", std::str::from_utf8(c).unwrap_or(""));
            char::from(ALPHABET[usize::from_str_radix(&t, 2).unwrap_or(0)])
        })
        .collect()
}

pub(super) fn matching_step(secret: &[u8], given: &str, now_seconds: i64) -> Option<u64> {
    let now = u64::try_from(now_seconds).ok()? / 30;
    (now.saturating_sub(1)..=now + 1).find(|step| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let n = u32::from_be_bytes([
            tag[offset] & 127,
            tag[offset + 1],
            tag[offset + 2],
            tag[offset + 3],
        ]);
        format!("{:06}", n % 1_000_000) == given
    })
}
