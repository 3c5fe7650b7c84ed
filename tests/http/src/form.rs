use anyhow::Context as _;

use crate::Answer;

/// The value of a hidden field of a page.
///
/// # Errors
/// When the page has none of that name.
pub fn hidden(page: &Answer, name: &str) -> anyhow::Result<String> {
    let text = page.text();
    between(&text, &format!("<input type=\"hidden\" name=\"{name}\" value=\""), "\"").map(str::to_owned)
}

/// Where a page leads its browser on to: the same by itself and by its link.
///
/// # Errors
/// When it does not.
pub fn leads_to(page: &Answer) -> anyhow::Result<url::Url> {
    let text = page.text();
    let refresh = between(&text, "<meta http-equiv=\"refresh\" content=\"0;url=", "\"")?;
    anyhow::ensure!(between(&text, "<a href=\"", "\"")? == refresh, "{text} leads to two places");
    Ok(refresh.replace("&amp;", "&").parse()?)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> anyhow::Result<&'a str> {
    let rest = text.split_once(before).with_context(|| format!("{text} has no {before}"))?.1;
    Ok(rest.split_once(after).context("it ends")?.0)
}
