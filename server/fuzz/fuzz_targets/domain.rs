//! A request of the domain, or of any other address: the method and address on the first line, then the body, which is
//! a form. Nobody is sent anywhere that was not registered.
#![no_main]

use bytes::Bytes;
use cognitwin_fuzz::{HOST, with};
use http::Request;
use http::header::LOCATION;
use libfuzzer_sys::fuzz_target;

const CSRF: &str = "11111111-1111-4111-8111-111111111111";

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (first, body) = data.split_at(end.unwrap_or(data.len()));
    let Ok(first) = std::str::from_utf8(first) else {
        return;
    };
    let (method, address) = first.split_once(' ').unwrap_or(("GET", first));
    // A poll of the runtime API, and of the outbox, waits for what does not come.
    if address.contains("/next") || address.contains("wait=") || !address.starts_with('/') {
        return;
    }
    // Neither may the state be put aside, nor calls be made to fail, by what is asked of the server itself.
    if address.starts_with("/_cognitwin") && method != "GET" {
        return;
    }
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header("host", HOST)
        .header("cookie", format!("XSRF-TOKEN={CSRF}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::copy_from_slice(
            body.strip_prefix(b"\n").unwrap_or(body),
        ));
    let Ok(request) = request else {
        return;
    };
    with(|world| {
        let answer = world.send(request);
        if let Some(place) = answer.headers().get(LOCATION) {
            let place = String::from_utf8_lossy(place.as_bytes());
            let is_own =
                place.starts_with('/') && !place.starts_with("//") && !place.starts_with("/\\");
            let is_registered = [
                "https://app.example/cb",
                "https://app.example/bye",
                "http://localhost:9229/",
            ]
            .iter()
            .any(|it| {
                let rest = place.strip_prefix(it);
                rest.is_some_and(|rest| {
                    it.ends_with('/') || rest.is_empty() || rest.starts_with(['?', '#'])
                })
            });
            assert!(is_own || is_registered, "sent to {place}");
        }
    });
});
