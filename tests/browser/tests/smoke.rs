//! x
use browser_tests::{ADA, on_stage};
#[test]
fn the_sign_in_page_opens() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(ADA, "/sign-in").await?;
        stage.window.find("heading", "Sign in").await?;
        stage.window.see("Sign in").await?;
        println!("{}", stage.window.tree().await?);
        println!("{:?}", stage.window.requests().await?);
        stage.window.picture("x").await?;
        Ok(())
    })
}
#[test]
fn the_sign_in_page_opens2() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let i = stage.host.connect_google(ADA).await?;
        println!("{i:?} {:?}", stage.host.tools_of(ADA, "prof_coding").await?);
        stage.open_as(ADA, "/v1/integrations").await?;
        println!("{}", stage.window.tree().await?);
        println!("{:?}", stage.window.console().await?);
        Ok(())
    })
}
