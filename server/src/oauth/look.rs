//! The language and the look of the pages: what the browser asked for, and what its client has.

use bytes::Bytes;
use http::Response;

use super::cookies::LANGUAGE;
use super::{Call, reply};
use crate::pages::{Frame, Look};

/// The languages of managed login (documented).
const LANGUAGES: [&str; 11] = [
    "de", "en", "es", "fr", "id", "it", "ja", "ko", "pt-BR", "zh-CN", "zh-TW",
];
const YEAR: i64 = 365 * crate::aws_time::DAY;

impl Call<'_> {
    /// What its pages have, whichever they are.
    pub(super) fn page(&self) -> &Frame {
        self.frame.get_or_init(|| {
            let look = Look {
                is_managed: self.place.is_managed(),
                ..Look::default()
            };
            Frame::new(self.language(), look)
        })
    }

    /// Asked for by `lang`, now or earlier.
    pub(super) fn language(&self) -> &'static str {
        let known = |asked: Option<&str>| LANGUAGES.into_iter().find(|it| Some(*it) == asked);
        known(self.query.get("lang"))
            .or_else(|| known(self.cookies.get(LANGUAGE)))
            .unwrap_or("en")
    }

    /// Later pages are in the language that this one was asked for in.
    pub(super) fn keep_language(&self, response: &mut Response<Bytes>) {
        if let Some(asked) = self.query.get("lang")
            && LANGUAGES.contains(&asked)
        {
            reply::set_cookie(response, &self.lasting_cookie(LANGUAGE, asked, YEAR));
        }
    }
}
