//! A call: the operation on the first line, then the body. `$ACCESS`, `$ID` and `$REFRESH` are alice's tokens.
#![no_main]

use cognitwin_fuzz::with;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (target, body) = text.split_once('\n').unwrap_or((&text, ""));
    if target.contains(|c: char| c.is_control()) {
        return;
    }
    with(|world| {
        let mut body = body.to_owned();
        if body.contains('$') {
            let tokens = world.sign_in();
            for (name, token) in [
                ("$ACCESS", "AccessToken"),
                ("$ID", "IdToken"),
                ("$REFRESH", "RefreshToken"),
            ] {
                body = body.replace(name, tokens[token].as_str().unwrap_or_default());
            }
        }
        world.call(target, body);
    });
});
