//! Files that pages ask for: style, scripts, fonts, the mark. All embedded, none from elsewhere.

/// One embedded file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name under `/assets/`.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $media_type:literal)*) => {
        /// Every embedded file, licences included.
        pub const ASSETS: &[Asset] = &[$(Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $name)),
        },)*];
    };
}

assets! {
    "fond.css" "text/css; charset=utf-8"
    "print.css" "text/css; charset=utf-8"
    "fond.js" "text/javascript; charset=utf-8"
    "htmx.min.js" "text/javascript; charset=utf-8"
    "mark.svg" "image/svg+xml; charset=utf-8"
    "fonts/fond-sans-regular.woff2" "font/woff2"
    "fonts/fond-sans-bold.woff2" "font/woff2"
    "fonts/fond-serif-regular.woff2" "font/woff2"
    "fonts/fond-serif-bold.woff2" "font/woff2"
    "fonts/fond-serif-italic.woff2" "font/woff2"
    "fonts/LICENCE.txt" "text/plain; charset=utf-8"
    "htmx.LICENCE.txt" "text/plain; charset=utf-8"
}

/// The file with this name, if pages have one.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// A short hash of all files: put into addresses, so that a browser may keep a file for ever.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let mut hasher = blake3::Hasher::new();
        for asset in ASSETS {
            hasher.update(asset.bytes);
        }
        hasher.finalize().to_hex().chars().take(12).collect()
    });
    &VERSION
}
