//! What the router serves, and with which headers.

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
};
use bailee_core::{ProviderKey, WidgetSources};
use bailee_web::{Web, router};
use http::{HeaderMap, Request, StatusCode, header};
use tower::ServiceExt as _;

const STRICT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn text(&self) -> anyhow::Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }
}

async fn get(app: Router, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.oneshot(request.body(Body::empty())?).await?;
    let (parts, body) = response.into_parts();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, 1_000_000).await?.to_vec(),
    })
}

fn with_widget() -> anyhow::Result<Web> {
    let sources = WidgetSources {
        script: "https://cdn.example/widget/connect.js?v=1".parse()?,
        frame: "https://frames.example/somewhere".parse()?,
        setup: "export default function open() {}\n",
    };
    Ok(Web::new().widgets([(ProviderKey::new("acme")?, sources)]))
}

#[tokio::test]
async fn every_page_is_strict_and_kept_by_nobody() -> anyhow::Result<()> {
    for path in ["/integrations", "/integrations/acme/callback"] {
        let page = get(router(), path, &[]).await?;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("content-security-policy"), STRICT, "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    Ok(())
}

#[tokio::test]
async fn no_page_has_a_script_or_a_style_in_itself() -> anyhow::Result<()> {
    let app = with_widget()?.router();
    for path in ["/integrations", "/integrations/acme/callback", "/integrations/acme/widget"] {
        let page = get(app.clone(), path, &[]).await?;
        let html = page.text()?;
        ensure!(!html.contains("<style") && !html.contains(" style="), "{path} has a style");
        ensure!(
            html.split("<script").skip(1).all(|script| script.contains("src=\"")
                && script.split('>').nth(1).is_some_and(|inside| inside.starts_with("</script"))),
            "{path} has a script in itself"
        );
        ensure!(!html.contains("onclick") && !html.contains("onload"), "{path} has a listener");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_names_only_files_that_are_there_for_ever() -> anyhow::Result<()> {
    let page = get(router(), "/integrations", &[]).await?;
    let html = page.text()?;
    let links: Vec<_> = html.split('"').filter(|part| part.starts_with("integrations/assets/")).collect();
    ensure!(links.len() == 2, "{links:?}");
    for link in links {
        let file = get(router(), &format!("/{link}"), &[]).await?;
        assert_eq!(file.status, StatusCode::OK, "{link}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    }
    Ok(())
}

#[tokio::test]
async fn below_another_path_a_page_finds_its_files_and_its_api_by_its_own_address() -> anyhow::Result<()> {
    let app = Router::new().nest("/host/accounts", router());
    let page = get(app, "/host/accounts/integrations/acme/callback", &[]).await?;
    let html = page.text()?;
    ensure!(html.contains("api=\"../../v1\"") && html.contains("return-to=\"../../integrations\""), "{html}");
    ensure!(html.contains("src=\"../../integrations/assets/") && !html.contains("\"/"), "{html}");
    Ok(())
}

#[tokio::test]
async fn a_file_is_sent_as_the_client_can_read_it_and_once() -> anyhow::Result<()> {
    let path = Web::script();
    let plain = get(router(), &path, &[]).await?;
    let brotli = get(router(), &path, &[("accept-encoding", "gzip, br")]).await?;
    let gzip = get(router(), &path, &[("accept-encoding", "gzip, br;q=0")]).await?;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(brotli.header("content-encoding"), "br");
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(plain.header("vary"), "Accept-Encoding");
    let again = get(router(), &path, &[("if-none-match", plain.header("etag"))]).await?;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let other = get(router(), &path, &[("if-none-match", gzip.header("etag"))]).await?;
    assert_eq!(other.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_file_of_another_version_is_not_there() -> anyhow::Result<()> {
    for path in [
        "/integrations/assets/0000000000000000/bailee.js",
        "/integrations/assets/client.js",
        "/integrations/assets/..%2Fbuild.rs",
    ] {
        assert_eq!(get(router(), path, &[]).await?.status, StatusCode::NOT_FOUND, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_stays_leads_to_the_version_of_now() -> anyhow::Result<()> {
    let alias = get(router(), "/integrations/assets/bailee.js", &[]).await?;
    assert_eq!(alias.header("cache-control"), "no-cache");
    let target = alias.text()?.split('"').nth(1).context("a module to export")?;
    assert_eq!(format!("/integrations/assets/{}", target.trim_start_matches("./")), Web::script());
    let style = get(router(), "/integrations/assets/page.css", &[]).await?;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    Ok(())
}

#[tokio::test]
async fn all_scripts_and_styles_are_at_most_25_kb_compressed() -> anyhow::Result<()> {
    let page = get(router(), "/integrations", &[]).await?;
    let html = page.text()?;
    let paths = html.split('"').filter(|part| part.starts_with("integrations/assets/"));
    let mut total = 0;
    for path in paths {
        let file = get(router(), &format!("/{path}"), &[("accept-encoding", "gzip")]).await?;
        assert_eq!((file.status, file.header("content-encoding")), (StatusCode::OK, "gzip"), "{path}");
        total += file.body.len();
    }
    ensure!(total <= 25_000, "{total} bytes");
    Ok(())
}

#[tokio::test]
async fn the_modules_are_one_that_fetches_no_other_and_exports_what_hosts_use() -> anyhow::Result<()> {
    let script = get(router(), &Web::script(), &[]).await?;
    let text = script.text()?;
    ensure!(!text.contains("import{") && !text.contains("from \"./"), "it fetches another");
    ensure!(!text.contains("/**") && !text.contains("\n//"), "a comment is left");
    let (_, exports) = text.split_once("export").context("exports")?;
    assert_eq!(exports.trim_end(), "{Client,Problem,english,scopeButton,scopeDialog,scopeLabel};");
    Ok(())
}

#[tokio::test]
async fn a_widget_has_a_page_of_its_own_with_its_two_places_and_no_more() -> anyhow::Result<()> {
    let app = with_widget()?.router();
    let page = get(app.clone(), "/integrations/acme/widget", &[]).await?;
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; script-src 'self' https://cdn.example/widget/connect.js; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; frame-src https://frames.example; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin-allow-popups");
    ensure!(page.text()?.contains("src=\"https://cdn.example/widget/connect.js?v=1\" defer"));
    let setup = get(app.clone(), "/integrations/acme/widget/setup.js", &[]).await?;
    assert_eq!(setup.text()?, "export default function open() {}\n");
    for path in ["/integrations/other/widget", "/integrations/other/widget/setup.js"] {
        assert_eq!(get(app.clone(), path, &[]).await?.status, StatusCode::NOT_FOUND, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn only_the_list_may_be_framed_and_only_by_origins_that_the_host_names() -> anyhow::Result<()> {
    let app = with_widget()?.frame_ancestors([url::Url::parse("https://host.example:8443/path")?.origin()]);
    let app = app.router();
    let list = get(app.clone(), "/integrations", &[]).await?;
    ensure!(list.header("content-security-policy").contains("frame-ancestors https://host.example:8443;"));
    for path in ["/integrations/acme/callback", "/integrations/acme/widget"] {
        let page = get(app.clone(), path, &[]).await?;
        ensure!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_host_says_is_text_on_the_page() -> anyhow::Result<()> {
    let app = Web::new().title("Tom's \"<b>&").sign_in_url("/in?a=1&b=\"><script>").router();
    let html = get(app, "/integrations", &[]).await?;
    let html = html.text()?;
    ensure!(html.contains("<title>Tom&#39;s &quot;&lt;b&gt;&amp;</title>"), "{html}");
    ensure!(html.contains("sign-in-url=\"/in?a=1&amp;b=&quot;&gt;&lt;script&gt;\""), "{html}");
    Ok(())
}

#[tokio::test]
async fn an_api_elsewhere_is_let_in_by_its_origin() -> anyhow::Result<()> {
    let app = Web::new().api_elsewhere(&"https://api.example/backend/v1".parse()?).router();
    let page = get(app, "/integrations", &[]).await?;
    ensure!(page.header("content-security-policy").contains("connect-src 'self' https://api.example;"));
    ensure!(page.text()?.contains("api=\"https://api.example/backend/v1\""));
    Ok(())
}

#[tokio::test]
async fn a_service_that_can_be_none_has_no_page() -> anyhow::Result<()> {
    let page = get(router(), "/integrations/%22%3E%3Cscript/callback", &[]).await?;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    ensure!(!page.text()?.contains("script"));
    assert_eq!(page.header(header::CONTENT_TYPE.as_str()), "text/plain; charset=utf-8");
    Ok(())
}
