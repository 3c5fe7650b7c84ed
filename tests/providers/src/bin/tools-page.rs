//! Prints `docs/tools.md`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> anyhow::Result<()> {
    print!("{}", provider_tests::tools_page::page()?);
    Ok(())
}
