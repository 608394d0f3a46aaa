//! `/<poolId>/<clientId>/<version>/assets/images/image.jpg`: the logo that SetUICustomization was given, at
//! the path that it has in AWS's distribution. Its name says nothing of its type.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};

use crate::app::App;
use crate::user_pools::{Image, UiCustomization};

pub(crate) fn logo(app: &App, path: &str) -> Option<Response<Bytes>> {
    let (place, _) = path
        .strip_prefix('/')?
        .split_once("/assets/images/image.jpg")
        .filter(|(_, rest)| rest.is_empty())?;
    let mut parts = place.split('/');
    let (pool, client_id, version) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let is_current =
        |look: &&UiCustomization| look.description.css_version.as_deref() == Some(version);
    let Image { bytes, media_type } = app.store.user_pool(pool)?.read(|state| {
        let look = state.login_pages().own_customization(client_id);
        look.filter(is_current)?.image.clone()
    })?;
    let mut response = Response::new(Bytes::from(bytes.into_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.as_str()));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The version is a part of the address.
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    Some(response)
}
