//! `/passkeys/add?client_id=…&redirect_uri=…`: whoever has a session in this browser registers a passkey,
//! and goes back to the app with `result=success`; without one with `result=invalid_session`. Managed login
//! has it, the classic hosted UI has not (documented). Both results, and that nothing but the two parameters
//! is wanted, were seen live in 2026.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::page::words;
use super::request::{Asker, Refusal};
use super::{Call, error, reply, session};
use crate::accounts::{self, PasskeyOwner};
use crate::errors;
use crate::pages;
use crate::store::Pool;
use crate::user_pools::Authentication;

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    match visit(call) {
        Ok(visit) => {
            let mut response = page(call, &visit, None);
            call.begin_page(&mut response);
            response
        }
        Err(response) => *response,
    }
}

pub(super) fn submit(call: &Call<'_>) -> Response<Bytes> {
    if let Err(refusal) = call.check_form() {
        return call.refuse(refusal);
    }
    let visit = match visit(call) {
        Ok(visit) => visit,
        Err(response) => return *response,
    };
    let credential = call.form.get("credential").unwrap_or_default();
    let made = serde_json::from_str(credential)
        .map_err(|_| errors::credential_not_valid())
        .and_then(|it| accounts::complete_passkey_registration(&call.cx, visit.owner(), it));
    match made {
        Ok(()) => back(&visit.asker, "success"),
        Err(error) => page(call, &visit, Some(&words(&error))),
    }
}

struct Visit<'a> {
    asker: Asker<'a>,
    authentication: Authentication,
}

impl Visit<'_> {
    fn owner(&self) -> PasskeyOwner<'_> {
        PasskeyOwner::OnPage(&self.asker.pool, self.asker.client_id, &self.authentication)
    }
}

fn visit<'a>(call: &'a Call<'_>) -> Result<Visit<'a>, Box<Response<Bytes>>> {
    let is_classic = |pool: &Pool| pool.read(|state| !call.is_managed_login(state));
    if call.pool().is_some_and(|pool| is_classic(&pool)) {
        return Err(Box::new(reply::empty(StatusCode::NOT_FOUND)));
    }
    let asker =
        Asker::check(call, &call.query).map_err(|refusal| Box::new(call.refuse(refusal)))?;
    if !call.has_pages(&asker.pool, asker.client_id) {
        return Err(Box::new(call.refuse(Refusal::NoPages)));
    }
    // Passkeys are of users of the pool itself.
    match session::current(call, &asker.pool, asker.client_id) {
        Some((authentication, provider)) if provider == "COGNITO" => Ok(Visit {
            asker,
            authentication,
        }),
        _ => Err(Box::new(back(&asker, "invalid_session"))),
    }
}

fn back(asker: &Asker<'_>, result: &str) -> Response<Bytes> {
    let address = reply::with_parameters(&asker.redirect_uri, false, &[("result", result)]);
    reply::redirect(&address)
}

/// With a challenge of its own each time. Where no passkey can be registered the page says why.
fn page(call: &Call<'_>, visit: &Visit<'_>, told: Option<&str>) -> Response<Bytes> {
    match accounts::start_passkey_registration(&call.cx, visit.owner()) {
        Ok(options) => {
            let form = call.page_form("/passkeys/add", "", told);
            let nonce = call.cx.app.random.uuid().to_string();
            let html = pages::passkey(&form, &options.to_string(), true, &nonce);
            reply::page_with_script(html, &nonce)
        }
        Err(refusal) => error::page(call, &words(&refusal), None),
    }
}
