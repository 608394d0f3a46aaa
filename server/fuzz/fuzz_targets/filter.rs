//! The filter of ListUsers.
#![no_main]

use cognitwin_fuzz::{POOL, with};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let filter = String::from_utf8_lossy(data);
    with(|world| {
        let request = json!({"UserPoolId": POOL, "Filter": filter});
        let (status, answer) = world.call("ListUsers", request.to_string());
        let found = answer["Users"].as_array().map(Vec::len);
        // A filter that holds finds some of the three, and any other is refused.
        assert!(
            matches!((status, found), (200, Some(0..=3)) | (400, None)),
            "{answer}"
        );
    });
});
