//! Pages for people with a browser: what they look like. What they are for is decided by `oauth/`. One
//! template a page in `templates/`, all of them in `base.html`; askama escapes whatever is put in.

mod accounts;
mod frame;
mod images;
mod languages;
mod look;

use askama::Template;

use self::frame::{autocomplete, field_type};
pub(crate) use accounts::{Name, Recipient, confirm, forgot_password, reset_password, sign_up};
pub(crate) use frame::Frame;
pub(crate) use images::image;
pub(crate) use look::Look;

/// No script, nothing of elsewhere, in no frame. Forms may lead anywhere: a browser counts the way back
/// to the app as a part of what a form does.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; \
                                 base-uri 'none'; frame-ancestors 'none'";

/// What every form of the login has.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) page: &'a Frame,
    /// Where it goes, mostly its own address.
    pub(crate) path: &'static str,
    pub(crate) query: &'a str,
    pub(crate) csrf: &'a str,
    /// What has been proved so far; empty at the beginning.
    pub(crate) challenge: &'a str,
    pub(crate) error: Option<&'a str>,
    /// Where the message is that the form asks about, for whoever may see it.
    pub(crate) outbox: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    username: &'a str,
    has_local_users: bool,
    can_sign_up: bool,
    others: &'a Others,
    picker: Option<&'a Picker>,
}

/// Users to sign in as.
pub(crate) struct Picker {
    pub(crate) filter: String,
    /// Each by name and label.
    pub(crate) users: Vec<(String, String)>,
}

/// Other ways to sign in than by the pool itself.
pub(crate) struct Others {
    pub(crate) buttons: Vec<Other>,
    /// Whether an address says which provider it is.
    pub(crate) asks_for_domain: bool,
    /// What goes along with the address.
    pub(crate) query: Vec<(String, String)>,
}

pub(crate) struct Other {
    pub(crate) label: String,
    pub(crate) is_social: bool,
    pub(crate) address: String,
}

pub(crate) fn sign_in(
    form: &Form<'_>,
    username: &str,
    has_local_users: bool,
    can_sign_up: bool,
    others: &Others,
    picker: Option<&Picker>,
) -> String {
    rendered(&SignIn {
        page: form.page,
        form,
        username,
        has_local_users,
        can_sign_up,
        others,
        picker,
    })
}

/// The page of a provider that is built in.
#[derive(Template)]
#[template(path = "provider.html")]
pub(crate) struct ProviderPage<'a> {
    pub(crate) page: &'a Frame,
    pub(crate) name: &'a str,
    pub(crate) action: String,
    /// Each by subject and label.
    pub(crate) people: Vec<(String, String)>,
    pub(crate) error: Option<&'a str>,
    pub(crate) can_cancel: bool,
}

pub(crate) fn provider(page: &ProviderPage<'_>) -> String {
    rendered(page)
}

/// What takes the answer of a SAML provider that is built in back to the pool.
#[derive(Template)]
#[template(path = "post_back.html")]
pub(crate) struct PostBack<'a> {
    pub(crate) page: &'a Frame,
    pub(crate) name: &'a str,
    pub(crate) action: &'a str,
    pub(crate) response: &'a str,
    pub(crate) relay_state: &'a str,
}

pub(crate) fn post_back(page: &PostBack<'_>) -> String {
    rendered(page)
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPassword<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    attributes: &'a [String],
}

pub(crate) fn new_password(form: &Form<'_>, attributes: &[String]) -> String {
    rendered(&NewPassword {
        page: form.page,
        form,
        attributes,
    })
}

#[derive(Template)]
#[template(path = "enter_code.html")]
struct EnterCode<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    destination: Option<&'a str>,
}

/// The code of an authenticator app where it was sent nowhere.
pub(crate) fn enter_code(form: &Form<'_>, destination: Option<&str>) -> String {
    rendered(&EnterCode {
        page: form.page,
        form,
        destination,
    })
}

#[derive(Template)]
#[template(path = "choose_factor.html")]
struct ChooseFactor<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    factors: Vec<(&'a str, &'a str)>,
}

pub(crate) fn choose_factor(form: &Form<'_>, factors: &[String]) -> String {
    let page = form.page;
    let label = |name| match name {
        "SMS_MFA" => page.say("Text message"),
        "EMAIL_OTP" => page.say("Email message"),
        "SOFTWARE_TOKEN_MFA" => page.say("Authenticator app"),
        other => other,
    };
    let factors = factors.iter().map(|it| (it.as_str(), label(it.as_str())));
    rendered(&ChooseFactor {
        page: form.page,
        form,
        factors: factors.collect(),
    })
}

#[derive(Template)]
#[template(path = "add_email.html")]
struct AddEmail<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
}

pub(crate) fn add_email(form: &Form<'_>) -> String {
    rendered(&AddEmail {
        page: form.page,
        form,
    })
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: &'a Frame,
    text: &'a str,
    code: Option<&'a str>,
}

pub(crate) fn error(page: &Frame, text: &str, code: Option<&str>) -> String {
    rendered(&ErrorPage { page, text, code })
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    page: &'a Frame,
    title: &'a str,
    text: &'a str,
}

/// A page that says one thing.
pub(crate) fn message(page: &Frame, title: &str, text: &str) -> String {
    rendered(&Message { page, title, text })
}

/// Writing to memory does not fail.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}
