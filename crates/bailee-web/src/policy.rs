use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use bailee_core::WidgetSources;

/// Who may show a page in a frame, and where its scripts may turn to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// Origins that may frame the list.
    pub(crate) frame_ancestors: Vec<String>,
    /// Where the API is, when elsewhere.
    pub(crate) connect: Option<String>,
}

impl Policy {
    /// Of the list.
    pub(crate) fn of_list(&self) -> String {
        let ancestors = self.frame_ancestors.join(" ");
        self.strict(if ancestors.is_empty() { "'none'" } else { &ancestors })
    }

    /// Of the other pages of ours: never framed.
    pub(crate) fn of_page(&self) -> String {
        self.strict("'none'")
    }

    /// Of the page with a provider's widget, whose script is no module of ours: it may insert what it likes, from the
    /// two places that the provider names.
    pub(crate) fn of_widget(&self, sources: &WidgetSources) -> String {
        let script = without_query(&sources.script);
        let frame = sources.frame.origin().ascii_serialization();
        format!(
            "default-src 'none'; script-src 'self' {script}; style-src 'self'; img-src 'self' data:; \
             connect-src {}; frame-src {frame}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            self.targets()
        )
    }

    fn strict(&self, ancestors: &str) -> String {
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {}; \
             base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            self.targets()
        )
    }

    fn targets(&self) -> String {
        match &self.connect {
            Some(origin) => format!("'self' {origin}"),
            None => "'self'".to_owned(),
        }
    }
}

/// The headers of a page.
pub(crate) fn dress(headers: &mut HeaderMap, policy: &str, opener: &'static str) {
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (HeaderName::from_static("cross-origin-opener-policy"), opener),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    // Made of fixed words and serialised origins, which are ASCII. One that were not would leave the page without
    // everything, not without a policy.
    let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// A source of a policy has no query, and a `;` or `,` in its path would end it (CSP 3 §2.3.1).
fn without_query(script: &Url) -> String {
    let path = script.path().replace(';', "%3B").replace(',', "%2C");
    format!("{}{path}", script.origin().ascii_serialization())
}
