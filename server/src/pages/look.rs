//! What the style of a client makes of the pages. Of the classic hosted UI its CSS and its logo; of managed
//! login these settings, as colours and sizes that `style.css` refers to by name, and these images:
//!
//! - `categories.global`: `colorSchemeMode`, `spacingDensity`, `pageHeader.enabled`, `pageFooter.enabled`;
//!   `categories.form.location`
//! - `components`: `pageBackground`, `pageText`, `form`, `alert` (error), `primaryButton`, `secondaryButton`,
//!   `idpButton.standard`, `pageHeader`, `pageFooter`, each with its colours for the two modes, corners, logo
//!   and background image
//! - `componentClasses`: `buttons`, `divider`, `focusState`, `input`, `inputDescription`, `inputLabel`, `link`,
//!   `optionControls` (selected)
//! - `Assets`: `FORM_LOGO`, `FORM_BACKGROUND`, `PAGE_BACKGROUND`, `PAGE_HEADER_LOGO`,
//!   `PAGE_HEADER_BACKGROUND`, `PAGE_FOOTER_LOGO`, `PAGE_FOOTER_BACKGROUND`, `FAVICON_ICO`, `FAVICON_SVG`
//!
//! Everything else is stored and changes nothing here. A value that is no colour, no size, or no word of its
//! setting changes nothing either, so that no setting leaves its place in the style sheet.

use std::fmt::Write as _;

use cognito_model::Document;
use cognito_model::idp::{AssetCategoryType as Category, AssetType, ColorSchemeModeType as Mode};

use super::images;
use crate::user_pools::{ManagedLoginBranding, UiCustomization};

/// What the style of a client adds to the pages.
#[derive(Default)]
pub(crate) struct Look {
    /// Managed login, not the classic hosted UI.
    pub(crate) is_managed: bool,
    /// Rules after those of every page. Nothing in it ends the element that it stands in.
    pub(crate) css: String,
    pub(crate) logo: Option<Picture>,
    /// Instead of above the text of the form.
    pub(crate) logo_is_below: bool,
    /// Its address.
    pub(crate) icon: Option<String>,
    pub(crate) header: Option<Strip>,
    pub(crate) footer: Option<Strip>,
}

/// Addresses of this server.
pub(crate) struct Picture {
    pub(crate) address: String,
    /// For browsers that prefer it, where the page is as they prefer.
    pub(crate) dark: Option<String>,
}

/// Above or below everything.
#[derive(Default)]
pub(crate) struct Strip {
    pub(crate) logo: Option<Picture>,
}

/// A name in the style sheet, and the setting, with `{}` for the mode.
const COLORS: [(&str, &str); 36] = [
    ("page", "/components/pageBackground/{}/color"),
    ("text", "/components/pageText/{}/bodyColor"),
    ("heading", "/components/pageText/{}/headingColor"),
    ("description", "/components/pageText/{}/descriptionColor"),
    ("form", "/components/form/{}/backgroundColor"),
    ("form-line", "/components/form/{}/borderColor"),
    ("error-back", "/components/alert/{}/error/backgroundColor"),
    ("error-line", "/components/alert/{}/error/borderColor"),
    (
        "button",
        "/components/primaryButton/{}/defaults/backgroundColor",
    ),
    (
        "button-text",
        "/components/primaryButton/{}/defaults/textColor",
    ),
    (
        "button-over",
        "/components/primaryButton/{}/hover/backgroundColor",
    ),
    (
        "button-over-text",
        "/components/primaryButton/{}/hover/textColor",
    ),
    (
        "button-down",
        "/components/primaryButton/{}/active/backgroundColor",
    ),
    (
        "button-down-text",
        "/components/primaryButton/{}/active/textColor",
    ),
    (
        "second",
        "/components/secondaryButton/{}/defaults/backgroundColor",
    ),
    (
        "second-line",
        "/components/secondaryButton/{}/defaults/borderColor",
    ),
    (
        "second-text",
        "/components/secondaryButton/{}/defaults/textColor",
    ),
    (
        "second-over",
        "/components/secondaryButton/{}/hover/backgroundColor",
    ),
    (
        "second-over-line",
        "/components/secondaryButton/{}/hover/borderColor",
    ),
    (
        "second-over-text",
        "/components/secondaryButton/{}/hover/textColor",
    ),
    (
        "other",
        "/components/idpButton/standard/{}/defaults/backgroundColor",
    ),
    (
        "other-line",
        "/components/idpButton/standard/{}/defaults/borderColor",
    ),
    (
        "other-text",
        "/components/idpButton/standard/{}/defaults/textColor",
    ),
    (
        "other-over",
        "/components/idpButton/standard/{}/hover/backgroundColor",
    ),
    ("header", "/components/pageHeader/{}/background/color"),
    ("header-line", "/components/pageHeader/{}/borderColor"),
    ("footer", "/components/pageFooter/{}/background/color"),
    ("footer-line", "/components/pageFooter/{}/borderColor"),
    ("divider", "/componentClasses/divider/{}/borderColor"),
    ("focus", "/componentClasses/focusState/{}/borderColor"),
    (
        "input",
        "/componentClasses/input/{}/defaults/backgroundColor",
    ),
    ("line", "/componentClasses/input/{}/defaults/borderColor"),
    ("label", "/componentClasses/inputLabel/{}/textColor"),
    ("link", "/componentClasses/link/{}/defaults/textColor"),
    ("link-over", "/componentClasses/link/{}/hover/textColor"),
    (
        "chosen",
        "/componentClasses/optionControls/{}/selected/backgroundColor",
    ),
];

const CORNERS: [(&str, &str); 4] = [
    ("round-button", "/componentClasses/buttons/borderRadius"),
    ("round-input", "/componentClasses/input/borderRadius"),
    ("round-form", "/components/form/borderRadius"),
    ("round-alert", "/components/alert/borderRadius"),
];

/// Names in the style sheet of the images behind something, and what switches them on.
const BACKGROUNDS: [(&str, Category, &str); 4] = [
    (
        "page-image",
        Category::PageBackground,
        "/components/pageBackground/image/enabled",
    ),
    (
        "form-image",
        Category::FormBackground,
        "/components/form/backgroundImage/enabled",
    ),
    (
        "header-image",
        Category::PageHeaderBackground,
        "/components/pageHeader/backgroundImage/enabled",
    ),
    (
        "footer-image",
        Category::PageFooterBackground,
        "/components/pageFooter/backgroundImage/enabled",
    ),
];

impl Look {
    pub(crate) fn classic(style: Option<&UiCustomization>) -> Self {
        let Some(style) = style else {
            return Self::default();
        };
        let css = style.description.css.as_deref().unwrap_or_default();
        Self {
            // Where CSS may have the sign at all, it may have it in this form.
            css: css.replace('<', "\\3c "),
            logo: style.describe("").image_url.map(|address| Picture {
                address,
                dark: None,
            }),
            ..Self::default()
        }
    }

    pub(crate) fn managed(style: Option<&ManagedLoginBranding>) -> Self {
        let read = style.and_then(|style| {
            let settings = style.merged_settings().ok()?;
            Some(Style { style, settings }.look())
        });
        Self {
            is_managed: true,
            ..read.unwrap_or_default()
        }
    }
}

struct Style<'a> {
    style: &'a ManagedLoginBranding,
    settings: Document,
}

impl Style<'_> {
    fn look(&self) -> Look {
        let (first, second) = match self.word("/categories/global/colorSchemeMode") {
            "DARK" => (Mode::Dark, None),
            "DYNAMIC" => (Mode::Light, Some(Mode::Dark)),
            _ => (Mode::Light, None),
        };
        let mut css = format!(":root{{{}", self.declarations(first));
        for (name, place) in CORNERS {
            let size = self.settings.pointer(place).and_then(Document::as_f64);
            if let Some(size) = size.filter(|it| (0.0..=100.0).contains(it)) {
                let _ = write!(css, "--{name}:{size}px;");
            }
        }
        if self.word("/categories/global/spacingDensity") == "COMPACT" {
            css.push_str("--gap:.5rem;");
        }
        for (name, place) in [
            ("across", "/categories/form/location/horizontal"),
            ("down", "/categories/form/location/vertical"),
            ("logo-side", "/components/form/logo/location"),
            ("header-side", "/components/pageHeader/logo/location"),
            ("footer-side", "/components/pageFooter/logo/location"),
        ] {
            if let Some(side) = side(self.word(place)) {
                let _ = write!(css, "--{name}:{side};");
            }
        }
        css.push('}');
        if let Some(mode) = second {
            let dark = self.declarations(mode);
            let _ = write!(css, "@media(prefers-color-scheme:dark){{:root{{{dark}}}}}");
        }
        let picture = |category, switch: &str| {
            let address = self.image(category, first).filter(|_| self.is_on(switch))?;
            let dark = second.and_then(|mode| self.image(category, mode));
            Some(Picture { address, dark })
        };
        let strip = |switch, category, logo| {
            self.is_on(switch).then(|| Strip {
                logo: picture(category, logo),
            })
        };
        let icon = |category| self.image(category, first);
        Look {
            is_managed: true,
            css,
            logo: picture(Category::FormLogo, "/components/form/logo/enabled"),
            logo_is_below: self.word("/components/form/logo/position") == "BOTTOM",
            icon: icon(Category::FaviconSvg).or_else(|| icon(Category::FaviconIco)),
            header: strip(
                "/categories/global/pageHeader/enabled",
                Category::PageHeaderLogo,
                "/components/pageHeader/logo/enabled",
            ),
            footer: strip(
                "/categories/global/pageFooter/enabled",
                Category::PageFooterLogo,
                "/components/pageFooter/logo/enabled",
            ),
        }
    }

    /// What is different from mode to mode.
    fn declarations(&self, mode: Mode) -> String {
        let (member, scheme) = match mode {
            Mode::Dark => ("darkMode", "dark"),
            _ => ("lightMode", "light"),
        };
        let mut css = format!("color-scheme:{scheme};");
        for (name, place) in COLORS {
            let color = self.word(&place.replacen("{}", member, 1)).to_owned();
            if is_color(&color) {
                let _ = write!(css, "--{name}:#{color};");
            }
        }
        for (name, category, switch) in BACKGROUNDS {
            let image = self.image(category, mode).filter(|_| self.is_on(switch));
            if let Some(address) = image {
                let _ = write!(css, "--{name}:url({address});");
            }
        }
        css
    }

    fn word(&self, place: &str) -> &str {
        let setting = self.settings.pointer(place).and_then(Document::as_str);
        setting.unwrap_or_default()
    }

    fn is_on(&self, place: &str) -> bool {
        self.settings.pointer(place).and_then(Document::as_bool) == Some(true)
    }

    /// The image for a mode, else the one for both.
    fn image(&self, category: Category, mode: Mode) -> Option<String> {
        let assets = self.style.description.assets.iter().flatten();
        let of = |wanted| {
            let is_it = |it: &&AssetType| {
                it.category == category && it.color_mode == wanted && it.bytes.is_some()
            };
            assets.clone().rev().find(is_it)
        };
        let asset = of(mode).or_else(|| of(Mode::Dynamic))?;
        Some(images::address(self.style, asset))
    }
}

fn side(word: &str) -> Option<&'static str> {
    match word {
        "START" => Some("start"),
        "CENTER" => Some("center"),
        "END" => Some("end"),
        _ => None,
    }
}

/// As the branding designer writes them: eight digits, without a sign before them.
fn is_color(text: &str) -> bool {
    matches!(text.len(), 6 | 8) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use cognito_model::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::user_pools::Branding;

    fn style(settings: Document, assets: Document) -> ManagedLoginBranding {
        let branding = Branding {
            settings: Some(settings),
            assets: serde_json::from_value(assets).unwrap(),
            ..Default::default()
        };
        let now = Timestamp::from_millis(5);
        ManagedLoginBranding::create("id".into(), "pool", "client".into(), branding, now).unwrap()
    }

    #[test]
    fn no_setting_leaves_its_place() {
        for evil in [
            "red", "abc", "aabb11;", "aabb11c}", "</style>", "aabb11/*", "url(x)x", "\\3c    ",
            "éééé",
        ] {
            let color = json!({"lightMode": {"color": evil}});
            let settings = json!({
                "components": {"pageBackground": color, "form": {"borderRadius": evil}},
                "categories": {
                    "global": {"colorSchemeMode": evil, "spacingDensity": evil},
                    "form": {"location": {"horizontal": evil, "vertical": [evil]}},
                },
            });
            let css = Look::managed(Some(&style(settings, json!([])))).css;
            assert!(!css.contains(evil), "{evil}: {css}");
            assert!(!css.contains('<'), "{evil}: {css}");
        }
        // Values of another shape than AWS's.
        for odd in [json!(1), json!([]), json!({}), json!(null), json!("x")] {
            let settings = json!({"components": odd, "componentClasses": odd, "categories": odd});
            let css = Look::managed(Some(&style(settings, json!([])))).css;
            assert!(css.starts_with(":root{color-scheme:light;"), "{css}");
        }
        let sizes =
            json!({"components": {"form": {"borderRadius": 1e300}, "alert": {"borderRadius": -1}}});
        let css = Look::managed(Some(&style(sizes, json!([])))).css;
        assert!(
            !css.contains("--round-form") && !css.contains("--round-alert"),
            "{css}"
        );
    }

    #[test]
    fn modes_are_told_apart() {
        let colors = json!({"lightMode": {"color": "AABBCCDD"}, "darkMode": {"color": "112233ff"}});
        let of = |mode: &str| {
            let settings = json!({
                "components": {"pageBackground": colors},
                "categories": {"global": {"colorSchemeMode": mode}},
            });
            Look::managed(Some(&style(settings, json!([])))).css
        };
        let (light, dark) = ("--page:#AABBCCDD;", "--page:#112233ff;");
        let css = of("LIGHT");
        assert!(css.contains(light) && !css.contains(dark) && !css.contains("@media"));
        let css = of("DARK");
        assert!(
            !css.contains(light)
                && css.starts_with(":root{color-scheme:dark;")
                && css.contains(dark)
        );
        let css = of("DYNAMIC");
        let (first, second) = css.split_once("@media(prefers-color-scheme:dark)").unwrap();
        assert!(first.contains(light) && !first.contains(dark));
        assert!(second.contains(dark) && !second.contains(light));
    }

    #[test]
    fn images_are_those_of_the_mode_else_those_of_both() {
        let asset = |category: &str, mode: &str| json!({"Category": category, "ColorMode": mode, "Extension": "PNG", "Bytes": "AAAA"});
        let settings = json!({
            "components": {"form": {"logo": {"enabled": true}}},
            "categories": {"global": {"colorSchemeMode": "DYNAMIC"}},
        });
        let assets = json!([
            asset("FORM_LOGO", "DYNAMIC"),
            asset("FORM_LOGO", "DARK"),
            asset("PAGE_BACKGROUND", "LIGHT"),
            asset("FORM_BACKGROUND", "LIGHT"),
            asset("FAVICON_ICO", "DYNAMIC"),
            asset("PASSKEY_GRAPHIC", "DARK"),
        ]);
        let look = Look::managed(Some(&style(settings, assets.clone())));
        let logo = look.logo.unwrap();
        assert_eq!(
            logo.address,
            "/pool/id/5/assets/images/FORM_LOGO-DYNAMIC.png"
        );
        assert_eq!(
            logo.dark.as_deref(),
            Some("/pool/id/5/assets/images/FORM_LOGO-DARK.png")
        );
        assert_eq!(
            look.icon.as_deref(),
            Some("/pool/id/5/assets/images/FAVICON_ICO-DYNAMIC.png")
        );
        assert!(
            look.css
                .contains("--page-image:url(/pool/id/5/assets/images/PAGE_BACKGROUND-LIGHT.png);")
        );
        // Not switched on.
        assert!(!look.css.contains("--form-image"));
        let look = Look::managed(Some(&style(json!({}), assets)));
        assert!(look.logo.is_none() && look.header.is_none());
    }
}
