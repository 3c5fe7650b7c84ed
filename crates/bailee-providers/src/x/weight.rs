//! How long X holds a text to be: version 3 of the configuration of its own library
//! (<https://github.com/twitter/twitter-text/tree/master/config>).

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// What a post may weigh.
pub(super) const LIMIT: usize = 280;
/// Every address is replaced by a short one.
const URL: usize = 23;

/// The weight of a text: composed (NFC), an address counts 23, an emoji 2 however it is made up, and any other
/// character 1 or 2.
///
/// Addresses are known by their scheme; without one X knows a list of domains, which is not here: it has the last word.
pub(super) fn weight(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let (mut rest, mut sum) = (text.as_str(), 0);
    while let Some((plain, after)) = cut_url(rest) {
        sum += plain.graphemes(true).map(of_cluster).sum::<usize>() + URL;
        rest = after;
    }
    sum + rest.graphemes(true).map(of_cluster).sum::<usize>()
}

/// What is before and after the first address.
fn cut_url(text: &str) -> Option<(&str, &str)> {
    let mut previous = None;
    for (index, character) in text.char_indices() {
        let begins = matches!(character, 'h' | 'H') && previous.is_none_or(may_precede);
        previous = Some(character);
        if !begins {
            continue;
        }
        let (before, from) = text.split_at_checked(index)?;
        if let Some(length) = url_length(from) {
            return Some((before, from.get(length..)?));
        }
    }
    None
}

fn may_precede(character: char) -> bool {
    !character.is_alphanumeric() && !matches!(character, '@' | '#' | '$')
}

/// How many bytes the address has that this text begins with: a scheme, a host with a dot, and whatever belongs to it.
fn url_length(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = text.get(scheme.len()..)?;
    let end =
        |character: char| character.is_whitespace() || character.is_control() || "<>\"".contains(character);
    let url = rest.split(end).next()?.trim_end_matches(|last| ".,;:!?'()[]".contains(last));
    let host = url.split(['/', '?', '#']).next()?;
    let has_dot = host.split_once('.').is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
    has_dot.then_some(scheme.len() + url.len())
}

/// What is seen as one character.
fn of_cluster(cluster: &str) -> usize {
    let first_is_sign =
        cluster.chars().next().is_some_and(|first| of_character(first) == 2 && !first.is_alphanumeric());
    // Shown as an emoji by what follows the first character: a presentation selector, or a key around it.
    let made_emoji = cluster.contains(['\u{FE0F}', '\u{20E3}']);
    if first_is_sign || made_emoji { 2 } else { cluster.chars().map(of_character).sum() }
}

const fn of_character(character: char) -> usize {
    match character as u32 {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_characters_count_one_and_those_of_wide_scripts_two() {
        for (text, expected) in [
            ("", 0),
            ("This is a test.", 15),
            ("caf\u{E9} \u{2018}\u{2019}\u{2013}", 8),
            ("\u{6771}\u{4EAC}", 4),
            ("\u{C800}\u{CC00}\u{CBFF}\u{CBFF}", 8),
            ("\u{410}\u{628}\u{5D0}\u{E01}", 4),
        ] {
            assert_eq!(weight(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_weighed_composed() {
        assert_eq!(weight("cafe\u{301}"), 4);
        assert_eq!(weight("\u{1112}\u{1161}\u{11AB}"), 2);
    }

    #[test]
    fn an_emoji_counts_two_however_it_is_made_up() {
        for emoji in [
            "\u{1F47E}",
            "\u{1F64B}\u{1F3FD}",
            "\u{1F468}\u{200D}\u{1F3A4}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
            "\u{2764}\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "\u{1F1E8}\u{1F1ED}",
        ] {
            assert_eq!(weight(emoji), 2, "{emoji}");
        }
        assert_eq!(weight(&"\u{1F431}".repeat(140)), LIMIT);
    }

    #[test]
    fn an_address_counts_23_whatever_its_length() {
        let long = format!("https://example.com/{}", "a".repeat(400));
        for (text, expected) in [
            ("http://t.co", 23),
            (long.as_str(), 23),
            ("HTTPS://EXAMPLE.COM/x?y=1#z.", 24),
            ("(see https://example.com/a), or http://example.org!", 5 + 23 + 6 + 23 + 1),
            ("https://example.com/\u{440}\u{443}", 23),
            ("http://localhost", 16),
            ("http://", 7),
            ("xhttps://example.com", 20),
            ("\u{6771}https://example.com", 21),
        ] {
            assert_eq!(weight(text), expected, "{text}");
        }
    }
}
