//! A QR code as two paths of SVG: the ground, with the quiet zone that a reader needs, and the dots.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// In dots, on each side (ISO 18004).
const QUIET: i32 = 4;

#[derive(Default)]
pub(super) struct QrPaths {
    pub(super) view: String,
    pub(super) ground: String,
    pub(super) dots: String,
}

/// Of a text that fits in one.
pub(super) fn paths(text: &str) -> Option<QrPaths> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut dots = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                // Writing to memory does not fail.
                let _ = write!(dots, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    Some(QrPaths {
        view: format!("0 0 {side} {side}"),
        ground: format!("M0 0h{side}v{side}h-{side}z"),
        dots,
    })
}
