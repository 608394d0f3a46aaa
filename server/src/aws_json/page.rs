//! Page tokens: opaque to the caller, bound to the request that they continue. They name the place
//! of the last row, so a page costs the same wherever it starts.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::errors::{self, Result};

/// How many rows a page has: 60 where nothing, or nothing sensible, is asked for.
pub(crate) fn limit(asked: Option<i32>) -> usize {
    asked
        .and_then(|asked| usize::try_from(asked).ok())
        .filter(|asked| *asked > 0)
        .map_or(60, |it| it.min(60))
}

/// `request` is whatever must stay the same from page to page.
pub(crate) fn token(place: u64, request: &[&str]) -> String {
    let mut bytes = place.to_be_bytes().to_vec();
    bytes.extend(fingerprint(request));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place to go on from: 0, the beginning, without a token.
pub(crate) fn place(token: Option<&str>, request: &[&str]) -> Result<u64> {
    let Some(token) = token else { return Ok(0) };
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| errors::invalid_next_token())?;
    let Some((place, bound_to)) = bytes.split_first_chunk::<8>() else {
        return Err(errors::invalid_next_token());
    };
    if bound_to.len() != 8 {
        Err(errors::invalid_next_token())
    } else if bound_to == fingerprint(request) {
        Ok(u64::from_be_bytes(*place))
    } else {
        Err(errors::paging_marker_is_for_another_request())
    }
}

/// A page of few rows, as a user has of devices: `after` counts those of the pages before.
pub(crate) fn of<T>(rows: &[T], after: u64, limit: usize) -> (&[T], Option<u64>) {
    let start = usize::try_from(after).map_or(rows.len(), |after| after.min(rows.len()));
    let end = rows.len().min(start + limit);
    let next = (end < rows.len()).then_some(end as u64);
    (&rows[start..end], next)
}

fn fingerprint(request: &[&str]) -> [u8; 8] {
    let digest = digest(&SHA256, request.join("\0").as_bytes());
    let mut fingerprint = [0; 8];
    fingerprint.copy_from_slice(&digest.as_ref()[..8]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_continues_its_own_request_only() {
        let token = token(42, &["ListUsers", "pool"]);
        assert_eq!(place(Some(&token), &["ListUsers", "pool"]).unwrap(), 42);
        assert_eq!(place(None, &["ListUsers", "pool"]).unwrap(), 0);
        let other = place(Some(&token), &["ListUsers", "other"]).unwrap_err();
        assert_eq!(
            other.message(),
            Some("Paging Marker is Invalid for Request")
        );
        for garbage in ["", "x", "AAAA", "not base64!", &"A".repeat(400)] {
            let error = place(Some(garbage), &["ListUsers", "pool"]).unwrap_err();
            assert_eq!(
                error.message(),
                Some("Invalid pagination token."),
                "{garbage}"
            );
        }
    }
}
