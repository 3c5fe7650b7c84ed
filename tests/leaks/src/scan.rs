use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::OnceLock,
};

use aho_corasick::AhoCorasick;
use anyhow::Context as _;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use url::form_urlencoded;

/// A shorter text would be found by chance.
const SHORTEST: usize = 12;

/// How much of a secret is enough to count as a leak.
const PART: usize = 20;

/// What must not be found, by the name under which a find is told. The secret itself is never repeated.
#[derive(Default)]
pub struct Secrets {
    patterns: BTreeMap<Vec<u8>, String>,
    search: OnceLock<AhoCorasick>,
}

impl Secrets {
    /// Adds a secret: as it is, and as logs, addresses and databases would spell it.
    ///
    /// # Errors
    /// When it is so short that it would be found by chance.
    pub fn add(&mut self, name: &str, secret: &[u8]) -> anyhow::Result<()> {
        anyhow::ensure!(secret.len() >= SHORTEST, "the {name} is too short to be searched for");
        self.search = OnceLock::new();
        let mut spelt = |how: &str, pattern: Vec<u8>| {
            if pattern.len() >= SHORTEST {
                self.patterns.entry(pattern).or_insert_with(|| format!("{name} ({how})"));
            }
        };
        spelt("as it is", secret.to_vec());
        spelt("hexadecimal", hex(secret).into_bytes());
        spelt("HEXADECIMAL", hex(secret).to_uppercase().into_bytes());
        spelt("list of bytes", list(secret, ", ").into_bytes());
        spelt("list of bytes without blanks", list(secret, ",").into_bytes());
        spelt("escaped bytes", secret.escape_ascii().to_string().into_bytes());
        let percent = percent(secret);
        spelt("percent-encoded", percent.to_lowercase().into_bytes());
        spelt("percent-encoded", percent.into_bytes());
        spelt("as in a form", form_urlencoded::byte_serialize(secret).collect::<String>().into_bytes());
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            // In the middle of something larger, base64 spells it in three ways.
            for skipped in 0..3 {
                let whole = secret.get(skipped..).unwrap_or_default();
                let whole = whole.get(..whole.len() / 3 * 3).unwrap_or_default();
                spelt("base64", engine.encode(whole).into_bytes());
            }
        }
        spelt("base64", STANDARD.encode(secret).into_bytes());
        spelt("base64", URL_SAFE.encode(secret).into_bytes());
        if secret.len() > PART * 3 / 2 {
            spelt("its beginning", secret.get(..PART).unwrap_or_default().to_vec());
            spelt("its end", secret.get(secret.len() - PART..).unwrap_or_default().to_vec());
        }
        if let Ok(text) = std::str::from_utf8(secret) {
            spelt("escaped", text.escape_debug().to_string().into_bytes());
            spelt("as JSON", serde_json::to_string(text)?.trim_matches('"').as_bytes().to_vec());
        }
        Ok(())
    }

    /// Finds in `bytes`, each once: what, how it is spelt, and what stands before it in its line.
    ///
    /// # Errors
    /// When there is nothing to search for.
    pub fn found_in(&self, place: &str, bytes: &[u8]) -> anyhow::Result<Vec<String>> {
        anyhow::ensure!(!self.patterns.is_empty(), "there are no secrets to search for");
        let names: Vec<&String> = self.patterns.values().collect();
        let search = self.search()?;
        let mut finds = BTreeMap::new();
        // `{:#?}` writes a byte in each line, and bodies may be folded.
        let squeezed: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        for bytes in [bytes, &squeezed] {
            for find in search.find_overlapping_iter(bytes) {
                let name = names.get(find.pattern().as_usize()).context("a pattern")?;
                finds.entry(name.as_str()).or_insert_with(|| line_before(search, bytes, find.start()));
            }
        }
        Ok(finds.into_iter().map(|(name, before)| format!("{place}: {name} after {before:?}")).collect())
    }

    /// How many ways of spelling are searched for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Made once for all that was added.
    fn search(&self) -> anyhow::Result<&AhoCorasick> {
        if let Some(search) = self.search.get() {
            return Ok(search);
        }
        let made = AhoCorasick::new(self.patterns.keys()).context("the patterns")?;
        Ok(self.search.get_or_init(|| made))
    }
}

/// How many, never what.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The end of what stands before, to tell who wrote it; without the secrets that are in there as well.
fn line_before(search: &AhoCorasick, bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let from = line.len().saturating_sub(160);
    let line = line.get(from..).unwrap_or_default();
    let from = search.find_overlapping_iter(line).map(|find| find.end()).max().unwrap_or_default();
    String::from_utf8_lossy(line.get(from..).unwrap_or_default()).into_owned()
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// As `Debug` of a byte slice writes it, without the brackets.
fn list(bytes: &[u8], separator: &str) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator)
}

fn percent(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.extend(["%", &hex(&[*byte]).to_uppercase()]);
        }
    }
    text
}
