use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// A file of the page, as it is served.
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What tells this version of the files from others. It is in their addresses, and is their entity tag.
pub(crate) const fn hash() -> &'static str {
    HASH
}

pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// For how long a file is kept by those who fetched it.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// What is at this address never changes.
    Forever,
    /// Asked for again each time.
    Never,
}

impl Asset {
    /// The file as the client can read it, or that it has it already.
    pub(crate) fn answer(&self, request: &HeaderMap, kept: Kept) -> Response {
        let (encoding, bytes) = self.encoded(request);
        let tag = format!("\"{}{}\"", HASH, encoding.map(|name| format!("-{name}")).unwrap_or_default());
        let mut response = if has(request, &tag) {
            let mut unchanged = Response::new(Body::empty());
            *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
            unchanged
        } else {
            Response::new(Body::from(bytes))
        };
        let headers = response.headers_mut();
        headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
        headers.extend(encoding.map(|name| (header::CONTENT_ENCODING, HeaderValue::from_static(name))));
        dress(headers, kind(self.name), kept);
        response
    }

    fn encoded(&self, request: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        if accepts(request, "br") {
            (Some("br"), self.brotli)
        } else if accepts(request, "gzip") {
            (Some("gzip"), self.gzip)
        } else {
            (None, self.plain)
        }
    }
}

/// The headers of every file. Pages of other origins may embed the elements: there is nothing secret in them.
pub(crate) fn dress(headers: &mut HeaderMap, kind: &'static str, kept: Kept) {
    let kept = match kept {
        Kept::Forever => "public, max-age=31536000, immutable",
        Kept::Never => "no-cache",
    };
    let fixed: [(HeaderName, &'static str); 7] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, kept),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CONTENT_TYPE, kind),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::VARY, "Accept-Encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    }
}

/// Whether the client takes this encoding (RFC 9110 §12.5.3). A weight of zero refuses it.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let listed = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        named && weight.is_none_or(|weight| weight.parse().unwrap_or(0.0) > 0.0_f32)
    })
}

/// Whether the client has this version (RFC 9110 §13.1.2).
fn has(request: &HeaderMap, tag: &str) -> bool {
    let tags = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag)
}
