//! Room for fingers, for large letters, for long words and for other directions.

use anyhow::ensure;
use browser_tests::{ACME, ADA, Stage, on_stage};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::rig::card_says;

/// All elements, through all shadow roots, of those that are shown.
const ALL: &str = "const all = [];
    const into = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.checkVisibility({ visibilityProperty: true })) all.push(node);
            if (node.shadowRoot) into(node.shadowRoot);
        }
    };
    into(document);";

/// What can be pressed and is smaller than 24 by 24 pixels (WCAG 2.2, 2.5.8), its label included.
const SMALL: &str = "const pressed = 'button, a[href], input, select, textarea, summary';
    const size = (node) => [node, ...(node.labels ?? [])].map((one) => one.getBoundingClientRect());
    return all.filter((node) => node.matches(pressed))
        .filter((node) => !size(node).some(({ width, height }) => width >= 24 && height >= 24))
        .map((node) => node.outerHTML.slice(0, 120));";

/// Text that its box cuts off.
const CLIPPED: &str = "return all
        .filter((node) => /hidden|clip/.test(getComputedStyle(node).overflowX) && !node.matches('.hidden, .said, svg'))
        .filter((node) => node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1)
        .map((node) => node.outerHTML.slice(0, 120));";

/// What a reader may set (WCAG 2.2, 1.4.12).
const SPACING: &str = "const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important } p { margin-block-end: 2em !important }`);
    for (const root of [document, ...all.map(({ shadowRoot }) => shadowRoot).filter(Boolean)]) {
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    }";

/// Whether something lies over what has the focus.
const COVERED: &str = "let root = document, at = null;
    while (root?.activeElement) { at = root.activeElement; root = at.shadowRoot; }
    // The last of the page was passed.
    if (at === document.body) return null;
    const { left, top, width, height } = at.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    let met = null;
    for (let root = document; root; root = met.shadowRoot) {
        const inner = root.elementFromPoint(x, y);
        if (!inner || inner === met) break;
        met = inner;
    }
    const near = at.labels?.[0] ?? at;
    return met && (near.contains(met) || met.contains(near)) ? null : `${at.outerHTML.slice(0, 90)} at ${x} ${y}`;";

/// The id of what has the focus.
const FOCUSED: &str = "let root = document, id = '';
    while (root?.activeElement) { id = root.activeElement.id; root = root.activeElement.shadowRoot; }
    return id;";

#[test]
fn whatever_is_pressed_is_large_enough() -> anyhow::Result<()> {
    on_stage(async |stage| {
        for width in [1100, 320] {
            for page in pages(stage).await? {
                stage.window.resize(width, 800).await?;
                shown(stage, &page).await?;
                let small = stage.window.run(&format!("{ALL}{SMALL}"), Vec::new()).await?;
                ensure!(small == json!([]), "{page} at {width}: {small:#}");
            }
        }
        Ok(())
    })
}

#[test]
fn no_text_is_cut_off_when_a_reader_sets_it_wider() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        for width in [1100, 320] {
            for page in pages(stage).await? {
                window.resize(width, 800).await?;
                shown(stage, &page).await?;
                window.run(&format!("{ALL}{SPACING}"), Vec::new()).await?;
                fits(stage, &page).await?;
            }
        }
        Ok(())
    })
}

#[test]
fn at_400_percent_everything_fits_and_can_be_reached() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        for page in pages(stage).await? {
            window.zoom(1280, 1024, 4).await?;
            shown(stage, &page).await?;
            let room = window.run("return [innerWidth, innerHeight, devicePixelRatio]", Vec::new()).await?;
            ensure!(room == json!([320, 256, 4]), "{room}");
            fits(stage, &page).await?;
        }
        stage.open("/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.click_in("Google", "button", "Disconnect").await?;
        window.find("dialog", "Disconnect Google?").await?;
        window.picture("disconnect-zoomed").await?;
        window.click("button", "Disconnect").await?;
        window.hear("status", "Google disconnected.").await?;
        Ok(())
    })
}

#[test]
fn what_has_the_focus_is_never_covered() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        window.resize(320, 600).await?;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "tools").await?;
        // With a toast in the way.
        window.click_in("Google", "button", "Validate").await?;
        window.hear("status", "Google is valid.").await?;
        for _ in 0..14 {
            window.press(Key::Tab).await?;
            let covered = window.run(COVERED, Vec::new()).await?;
            ensure!(covered.is_null(), "{covered}");
        }
        Ok(())
    })
}

#[test]
fn a_card_that_gets_the_focus_is_not_under_the_news_of_it() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.join_email(ADA).await?;
        for height in [500, 560, 620, 680] {
            window.resize(320, height).await?;
            stage.open_as(ADA, "/integrations?connected=email").await?;
            window.hear("status", "Email connected").await?;
            window
                .until("the focus on the card", async || {
                    let covered = window.run(COVERED, Vec::new()).await?;
                    Ok((window.run(FOCUSED, Vec::new()).await? == "name-email" && covered.is_null())
                        .then_some(()))
                })
                .await?;
        }
        Ok(())
    })
}

#[test]
fn a_longer_language_from_right_to_left_fits() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        for width in [1100, 320] {
            window.resize(width, 800).await?;
            for element in ["bailee-integrations", &format!("bailee-thread-permissions?thread-id={ACME}")] {
                stage.open_as(ADA, &format!("/pseudo/{element}")).await?;
                let shown = "return document.querySelector('[data-ready]') !== null
                    && document.querySelector('[data-ready]').shadowRoot.querySelector('.card') !== null";
                window
                    .until("the element", async || {
                        Ok((window.run(shown, Vec::new()).await? == true).then_some(()))
                    })
                    .await?;
                window
                    .picture(&format!("pseudo-{}-{width}", element.split('?').next().unwrap_or_default()))
                    .await?;
                fits(stage, element).await?;
            }
        }
        Ok(())
    })
}

/// Pages that need somebody to be signed in, with something on them.
async fn pages(stage: &Stage) -> anyhow::Result<[String; 3]> {
    if stage.host.integrations(ADA).await?.is_empty() {
        stage.host.connect_google(ADA).await?;
        stage.host.join_email(ADA).await?;
    }
    Ok([
        "/integrations".to_owned(),
        "/integrations/google/callback".to_owned(),
        format!("/embed/bailee-thread-permissions?thread-id={ACME}"),
    ])
}

async fn shown(stage: &Stage, page: &str) -> anyhow::Result<()> {
    stage.open_as(ADA, page).await?;
    let text = match page {
        "/integrations" => "tools",
        "/integrations/google/callback" => "Back to integrations",
        _ => "Nothing is shared by default",
    };
    stage.window.see(text).await
}

/// Nothing is cut off, and nothing scrolls sideways.
async fn fits(stage: &Stage, page: &str) -> anyhow::Result<()> {
    let clipped = stage.window.run(&format!("{ALL}{CLIPPED}"), Vec::new()).await?;
    ensure!(clipped == json!([]), "{page}: {clipped:#}");
    let wide: Value = stage
        .window
        .run(
            "const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth - clientWidth",
            Vec::new(),
        )
        .await?;
    ensure!(wide == 0, "{page} is {wide} pixels too wide");
    Ok(())
}
