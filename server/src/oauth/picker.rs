//! `--login-picker`, a comfort of this server: the login page lists users of the pool to sign in as. Whoever is
//! chosen is signed in as after the password: new passwords aside, all that follows is asked, triggers and
//! second factors too.

use bytes::Bytes;
use cognito_model::idp::UserStatusType;
use http::Response;

use super::page::words;
use super::request::AuthorizationRequest;
use super::{Call, login};
use crate::auth;
use crate::pages::Picker;
use crate::user_pools::User;

const MOST_SHOWN: usize = 50;
/// How many users a filter looks at; those that it names wholly are found beyond.
const MOST_SEEN: usize = 10_000;

/// The field of who is chosen.
const CHOSEN: &str = "sign_in_as";
const FILTER: &str = "picker_filter";

impl Call<'_> {
    /// What the login page offers, where the server was started so.
    pub(super) fn picker(&self, request: &AuthorizationRequest<'_>) -> Option<Picker> {
        if !self.cx.app.settings.login_picker || !request.has_local_users {
            return None;
        }
        let filter = self.form.get(FILTER).unwrap_or_default().trim();
        let wanted = filter.to_lowercase();
        let users = request.pool.read(|state| {
            let users = state.users();
            let named = users.find(filter).filter(|it| may_be_chosen(it));
            let others = users.iter().take(MOST_SEEN).map(|(_, user)| user);
            let others = others
                .filter(|it| may_be_chosen(it) && label(it).to_lowercase().contains(&wanted))
                .filter(|it| named.is_none_or(|named| named.username != it.username));
            let all = named.into_iter().chain(others).take(MOST_SHOWN);
            all.map(|it| (it.username.clone(), label(it))).collect()
        });
        Some(Picker {
            filter: filter.to_owned(),
            users,
        })
    }

    /// Whether the form that was sent is the picker's; without the flag there is none.
    pub(super) fn picks(&self, request: &AuthorizationRequest<'_>) -> bool {
        let is_there = self.form.get(CHOSEN).is_some() || self.form.get(FILTER).is_some();
        is_there && self.cx.app.settings.login_picker && request.has_local_users
    }
}

/// After [`Call::picks`].
pub(super) async fn answer(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> Response<Bytes> {
    let Some(username) = call.form.get(CHOSEN) else {
        return login::sign_in_page(call, request, "", None);
    };
    let parameters = login::parameters([("USERNAME", username)]);
    let turn = login::turn(call, request, &parameters, None);
    match auth::begin_as_on_page(&turn).await {
        Ok(outcome) => login::go(call, request, username, outcome).await,
        Err(error) => login::sign_in_page(call, request, username, Some(&words(&error))),
    }
}

/// Of the pool itself, and free to sign in.
fn may_be_chosen(user: &User) -> bool {
    user.enabled && user.status == UserStatusType::Confirmed
}

fn label(user: &User) -> String {
    match user.attribute("email").or(user.attribute("phone_number")) {
        Some(address) if address != user.username => format!("{} ({address})", user.username),
        _ => user.username.clone(),
    }
}
