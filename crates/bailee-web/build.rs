//! Makes the files that are served of those in `assets`: the modules as one, without comments and indentation, compressed,
//! named by what is in them.

#[path = "build/link.rs"]
mod link;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

const STYLE: &str = "page.css";
const SCRIPT: &str = "bailee.js";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=assets");
    #[expect(
        clippy::disallowed_methods,
        reason = "where cargo wants the files is told by the environment alone"
    )]
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let out = Path::new(&out);
    let assets = Path::new("assets");
    let files = [(SCRIPT, link::link(assets, SCRIPT)?), (STYLE, fs::read_to_string(assets.join(STYLE))?)];

    let (mut table, mut hash) = (String::new(), FNV_OFFSET);
    for (name, text) in files {
        let text = bare(&text);
        hash = [name.as_bytes(), text.as_bytes()].concat().into_iter().fold(hash, fnv);
        fs::write(out.join(name), &text)?;
        fs::write(out.join(format!("{name}.gz")), gzip(&text)?)?;
        fs::write(out.join(format!("{name}.br")), brotli(&text)?)?;
        let bytes = |suffix| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\"))");
        let (plain, gzip, brotli) = (bytes(""), bytes(".gz"), bytes(".br"));
        let line = format!("Asset {{ name: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},");
        writeln!(table, "{line}").map_err(io::Error::other)?;
    }
    let code = format!("const HASH: &str = \"{hash:016x}\";\nconst ASSETS: &[Asset] = &[\n{table}];\n");
    fs::write(out.join("assets.rs"), code)
}

/// The lines that are more than a comment, without their indentation and the types of values. Other comments are on lines
/// of their own in these files.
fn bare(text: &str) -> String {
    let (mut bare, mut inside) = (String::with_capacity(text.len()), false);
    for line in text.lines().map(str::trim) {
        inside |= line.starts_with("/*");
        if !inside && !line.is_empty() && !line.starts_with("//") {
            bare.push_str(&untyped(line));
            bare.push('\n');
        }
        inside &= !line.ends_with("*/");
    }
    bare
}

/// A line without `/** @type … */` within it.
fn untyped(line: &str) -> String {
    let mut parts = line.split("/** ");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        bare.push_str(part.split_once("*/").map_or(part, |(_, rest)| rest.trim_start()));
    }
    bare
}

/// Fowler, Noll and Vo's hash with 64 bits: it tells versions apart, and needs no crate.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

const fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

fn gzip(text: &str) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, text.as_bytes(), &mut compressed)?;
    Ok(compressed)
}

fn brotli(text: &str) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    {
        let mut encoder = brotli::CompressorWriter::new(&mut compressed, 4096, 11, 22);
        encoder.write_all(text.as_bytes())?;
    }
    Ok(compressed)
}
