//! Pages for people with a browser: what they look like. What they are for is decided by `oauth/`. One
//! template a page in `templates/`, all of them in `base.html`; askama escapes whatever is put in.

mod accounts;
mod frame;
mod images;
mod languages;
mod look;
mod qr;

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::frame::{autocomplete, field_type};
use self::qr::QrPaths;
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

/// What the first page offers.
#[derive(Clone, Copy)]
pub(crate) struct Offers<'a> {
    pub(crate) has_local_users: bool,
    pub(crate) name: Name,
    /// At once, and not after a choice.
    pub(crate) asks_password: bool,
    pub(crate) can_sign_up: bool,
    pub(crate) others: &'a Others,
    pub(crate) picker: Option<&'a Picker>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    username: &'a str,
    offers: Offers<'a>,
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

pub(crate) fn sign_in(form: &Form<'_>, username: &str, offers: Offers<'_>) -> String {
    rendered(&SignIn {
        page: form.page,
        form,
        username,
        offers,
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
#[template(path = "enter_password.html")]
struct EnterPassword<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    username: &'a str,
}

pub(crate) fn enter_password(form: &Form<'_>, username: &str) -> String {
    rendered(&EnterPassword {
        page: form.page,
        form,
        username,
    })
}

#[derive(Template)]
#[template(path = "passkey.html")]
struct Passkey<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    options: &'a str,
    is_new: bool,
    nonce: &'a str,
}

/// The one page with a script, which runs because the answer's policy has the same nonce. `options` are
/// those of `navigator.credentials`, in JSON.
pub(crate) fn passkey(form: &Form<'_>, options: &str, is_new: bool, nonce: &str) -> String {
    rendered(&Passkey {
        page: form.page,
        form,
        options,
        is_new,
        nonce,
    })
}

/// What a browser may do on a page with a script.
pub(crate) fn policy_of_script(nonce: &str) -> String {
    format!("{POLICY}; script-src 'nonce-{nonce}'")
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
    question: &'static str,
    factors: Vec<(&'a str, &'a str)>,
}

/// What a choice of factors is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    SignIn,
    SecondFactor,
    SetUp,
}

pub(crate) fn choose_factor(form: &Form<'_>, choice: Choice, factors: &[String]) -> String {
    let page = form.page;
    let question = match choice {
        Choice::SignIn => page.say("Choose how to sign in"),
        Choice::SecondFactor => page.say("Choose how to verify it is you"),
        Choice::SetUp => page.say("Choose a second factor to set up"),
    };
    let label = |name| match name {
        "SMS_MFA" | "SMS_OTP" => page.say("Text message"),
        "EMAIL_OTP" => page.say("Email message"),
        "SOFTWARE_TOKEN_MFA" => page.say("Authenticator app"),
        "PASSWORD" => page.say("Password"),
        "WEB_AUTHN" => page.say("Passkey"),
        other => other,
    };
    let factors = factors.iter().map(|it| (it.as_str(), label(it.as_str())));
    rendered(&ChooseFactor {
        page: form.page,
        form,
        question,
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
#[template(path = "add_phone_number.html")]
struct AddPhoneNumber<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
}

pub(crate) fn add_phone_number(form: &Form<'_>) -> String {
    rendered(&AddPhoneNumber {
        page: form.page,
        form,
    })
}

#[derive(Template)]
#[template(path = "set_up_app.html")]
struct SetUpApp<'a> {
    page: &'a Frame,
    form: &'a Form<'a>,
    secret: &'a str,
    code: QrPaths,
}

/// An authenticator app for the user of a pool, by the address that such apps scan; its form is Google
/// Authenticator's. Who issues the codes is *assumed*.
pub(crate) fn set_up_app(form: &Form<'_>, (issuer, user): (&str, &str), secret: &str) -> String {
    let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let (issuer, user) = (escaped(issuer), escaped(user));
    let address = format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}");
    // A name may be too long for one.
    let code = qr::paths(&address).unwrap_or_else(|| {
        let address = format!("otpauth://totp/{issuer}?secret={secret}");
        qr::paths(&address).unwrap_or_default()
    });
    rendered(&SetUpApp {
        page: form.page,
        form,
        secret,
        code,
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
