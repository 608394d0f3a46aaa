//! The patterns mean what they mean in Java: whole values, ASCII classes, five line terminators.

use std::collections::BTreeMap;

use cognito_model::{Pattern, identity, idp};

fn patterns() -> BTreeMap<&'static str, &'static Pattern> {
    idp::shapes::PATTERNS
        .iter()
        .chain(identity::shapes::PATTERNS)
        .map(|pattern| (pattern.text(), *pattern))
        .collect()
}

#[test]
fn every_pattern_compiles() {
    for (text, pattern) in patterns() {
        assert!(pattern.compiles(), "{text}");
    }
}

#[test]
fn patterns_mean_what_they_mean_in_java() {
    let patterns = patterns();
    for (text, right, wrong) in [
        (
            r"[\w+]+",
            &["a_Z0+"][..],
            &["é", "a b", "a-b", "a\n", "٣", ""][..],
        ),
        (
            r"[\S]+",
            &["a/é", "\u{a0}", "\u{85}"],
            &["a b", "\t", "\u{b}", "a\n", ""],
        ),
        (
            r"[\w\s+=,.@-]+",
            &["a - b\u{b}\u{c}\r"],
            &["\u{a0}", "é", "a;b"],
        ),
        (r"\d+", &["09"], &["٣", "a", "0\n"]),
        (r"[A-Za-z0-9-_=.]+", &["-_=.aZ9"], &["+", "[", ":"]),
        (r"[A-Za-z0-9-_+/=.]+", &["-_+/=."], &["*", ","]),
        (r"[\w+-]+", &["a-b+c", "-"], &["a,b", "."]),
        (
            r".*\{####\}.*",
            &["a {####} b", "{####}\u{b}"],
            &[
                "a",
                "{####}\n",
                "\r{####}",
                "\u{85}{####}",
                "{####}\u{2028}",
                "{####}\u{2029}",
            ],
        ),
        (r"(?s).*", &["", "a\nb"], &[]),
        (
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
            &["é", "日本", "a@b", "٣", "😀"],
            &[" ", "a b", "\u{7}", ""],
        ),
        (
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
            &["", "a b\n*"],
            &["\u{a0}", "\u{7}"],
        ),
        (
            r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+",
            &["abc", "a_c"],
            &["_bc", "ab", "ab_", "a b"],
        ),
        (
            r"[\x21\x23-\x5B\x5D-\x7E]+",
            &["!#[]~"],
            &["\"", "\\", " ", "é"],
        ),
        (
            r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+",
            &["a.b"],
            &["a/b", "a b"],
        ),
        (
            r"[\w-]+_[0-9a-zA-Z]+",
            &["eu-west-1_aB3", "a_b_c"],
            &["X", "eu-west-1_", "_a", "eu_a-b"],
        ),
        ("(un)?authenticated", &["unauthenticated"], &["other"]),
    ] {
        let pattern = patterns[text];
        for value in right {
            assert!(pattern.is_match(value), "{text} takes {value:?}");
        }
        for value in wrong {
            assert!(!pattern.is_match(value), "{text} refuses {value:?}");
        }
    }
}
