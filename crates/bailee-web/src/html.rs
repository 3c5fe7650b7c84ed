use std::fmt::Write as _;

use crate::assets;

/// A page whose one element does the rest. `up` leads from its address to the place where `/integrations` is mounted.
pub(crate) struct Shell<'a> {
    pub(crate) up: &'static str,
    pub(crate) title: &'a str,
    /// The one element, by name.
    pub(crate) element: &'static str,
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// A script from elsewhere that comes before.
    pub(crate) before: Option<&'a str>,
}

impl Shell<'_> {
    pub(crate) fn html(&self) -> String {
        let base = format!("{}integrations/assets/{}", self.up, assets::hash());
        let before =
            self.before.map(|script| format!("<script src=\"{}\" defer></script>\n", escape(script)));
        let mut attributes = String::new();
        for (name, value) in &self.attributes {
            let _ = write!(attributes, " {name}=\"{}\"", escape(value));
        }
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"{base}/page.css\">\n{before}\
             <script type=\"module\" src=\"{base}/bailee.js\"></script>\n</head>\n<body>\n<main>\n\
             <{element}{attributes}></{element}>\n<noscript><p>This page needs JavaScript.</p></noscript>\n\
             </main>\n</body>\n</html>\n",
            title = escape(self.title),
            before = before.unwrap_or_default(),
            element = self.element,
        )
    }
}

/// Text for an element or a quoted attribute.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
