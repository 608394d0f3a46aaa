//! Images of the pages: the logo that SetUICustomization was given, `/<poolId>/<clientId>/<version>/assets/images/image.jpg`,
//! the path that it has in AWS's distribution, whose name says nothing of its type; and the assets of a style of
//! managed login, `/<poolId>/<brandingId>/<version>/assets/images/<category>-<mode>.<extension>`.

use bytes::Bytes;
use cognito_model::idp::{AssetExtensionType, AssetType};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};

use crate::app::App;
use crate::store::PoolState;
use crate::user_pools::{Image, ManagedLoginBranding, UiCustomization};

const FOLDER: &str = "/assets/images/";

pub(super) fn address(style: &ManagedLoginBranding, asset: &AssetType) -> String {
    let pool = style
        .description
        .user_pool_id
        .as_deref()
        .unwrap_or_default();
    let version = version(style);
    format!("/{pool}/{}/{version}{FOLDER}{}", style.id(), name(asset))
}

fn version(style: &ManagedLoginBranding) -> i64 {
    let changed = style.description.last_modified_date;
    changed.map_or(0, |it| it.as_millis())
}

fn name(asset: &AssetType) -> String {
    let (category, mode) = (asset.category.as_str(), asset.color_mode.as_str());
    let extension = asset.extension.as_str().to_ascii_lowercase();
    format!("{category}-{mode}.{extension}")
}

pub(crate) fn image(app: &App, path: &str) -> Option<Response<Bytes>> {
    let (place, name) = path.strip_prefix('/')?.split_once(FOLDER)?;
    let mut parts = place.split('/');
    let (pool, owner, version) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let pool = app.store.user_pool(pool)?;
    let (bytes, media_type) = pool.read(|state| {
        if name == "image.jpg" {
            logo(state, owner, version)
        } else {
            asset(state, owner, version, name)
        }
    })?;
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    for (header, value) in [
        (CONTENT_TYPE, media_type),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A drawing that is opened by itself is a document.
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ),
        // The version is a part of the address.
        (CACHE_CONTROL, "public, max-age=86400"),
    ] {
        headers.insert(header, HeaderValue::from_static(value));
    }
    Some(response)
}

fn logo(state: &PoolState, client_id: &str, version: &str) -> Option<(Bytes, &'static str)> {
    let is_current =
        |look: &&UiCustomization| look.description.css_version.as_deref() == Some(version);
    let look = state.login_pages().own_customization(client_id);
    let Image { bytes, media_type } = look.filter(is_current)?.image.clone()?;
    Some((bytes.into_bytes().into(), media_type.as_str()))
}

fn asset(state: &PoolState, id: &str, at: &str, wanted: &str) -> Option<(Bytes, &'static str)> {
    let style = state.login_pages().branding(id).ok()?;
    let assets = style.description.assets.iter().flatten();
    let asset = assets
        .filter(|_| at == version(style).to_string())
        .find(|it| name(it) == wanted)?;
    let bytes = asset.bytes.clone()?.into_bytes();
    let media_type = match asset.extension {
        AssetExtensionType::Ico => "image/x-icon",
        AssetExtensionType::Jpeg => "image/jpeg",
        AssetExtensionType::Png => "image/png",
        AssetExtensionType::Svg => "image/svg+xml",
        AssetExtensionType::Webp => "image/webp",
    };
    Some((bytes.into(), media_type))
}
