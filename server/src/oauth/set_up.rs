//! MFA_SETUP on pages: which second factor, and what it needs. An authenticator app is associated and
//! verified by the rules of the API, within the session of the sign-in.

use std::collections::BTreeMap;

use super::Call;
use super::login::{Pending, names};
use crate::auth;
use crate::errors::{self, Result};
use crate::pages::{self, Choice, Form};
use crate::store::Pool;

const CAN_BE_SET_UP: &str = "MFAS_CAN_SETUP";
/// What a page remembers beside the challenge's own parameters.
const CHOSEN: &str = "CHOSEN";
const SECRET: &str = "SECRET_CODE";

pub(super) enum Next {
    Page,
    /// The answer to the challenge; it says nothing where the session does.
    Answer(Option<(&'static str, String)>),
}

/// One that is alone is not chosen.
pub(super) fn begin(call: &Call<'_>, pending: &mut Pending) -> Result<()> {
    match &names(pending, CAN_BE_SET_UP)[..] {
        [only] => choose(call, pending, only),
        _ => Ok(()),
    }
}

fn choose(call: &Call<'_>, pending: &mut Pending, factor: &str) -> Result<()> {
    let remember = |parameters: &mut BTreeMap<_, _>, name: &str, value: &str| {
        parameters.insert(name.to_owned(), value.to_owned());
    };
    if factor == "SOFTWARE_TOKEN_MFA" {
        let made = auth::associate(&call.cx, None, Some(&pending.session))?;
        pending.session = made.session.unwrap_or_default();
        remember(&mut pending.parameters, SECRET, &made.secret);
    }
    remember(&mut pending.parameters, CHOSEN, factor);
    Ok(())
}

pub(super) fn go_on(call: &Call<'_>, pending: &mut Pending) -> Result<Next> {
    let field = |name| call.form.get(name).unwrap_or_default().trim();
    match pending.parameters.get(CHOSEN).map(String::as_str) {
        Some("SOFTWARE_TOKEN_MFA") => {
            let name = Some(field("friendly_device_name")).filter(|it| !it.is_empty());
            let (code, session) = (field("authentication_code"), Some(&*pending.session));
            let session = auth::verify(&call.cx, None, session, code, name)?;
            pending.session = session.unwrap_or_default();
            Ok(Next::Answer(None))
        }
        Some("SMS_MFA") => Ok(Next::Answer(Some((
            "PHONE_NUMBER",
            field("phone_number").to_owned(),
        )))),
        Some(_) => Ok(Next::Answer(Some(("EMAIL", field("email").to_owned())))),
        None => {
            let answer = field("answer").to_owned();
            if !names(pending, CAN_BE_SET_UP).contains(&answer) {
                return Err(errors::invalid_answer(&answer));
            }
            choose(call, pending, &answer)?;
            Ok(Next::Page)
        }
    }
}

pub(super) fn page(form: &Form<'_>, pool: &Pool, pending: &Pending) -> String {
    match pending.parameters.get(CHOSEN).map(String::as_str) {
        Some("SOFTWARE_TOKEN_MFA") => {
            let issuer = pool.read(|state| state.settings().description.name.clone());
            let secret = pending.parameters.get(SECRET).map_or("", String::as_str);
            let who = (issuer.as_deref().unwrap_or_default(), &*pending.username);
            pages::set_up_app(form, who, secret)
        }
        Some("SMS_MFA") => pages::add_phone_number(form),
        Some(_) => pages::add_email(form),
        None => pages::choose_factor(form, Choice::SetUp, &names(pending, CAN_BE_SET_UP)),
    }
}
