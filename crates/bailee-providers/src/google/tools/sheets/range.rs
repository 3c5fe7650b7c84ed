//! Ranges in A1 notation, as an agent writes them and as they are sent.

/// What an agent is told of another text.
pub(super) const PROBLEM: &str = "must name cells, for example 'March'!A1:C20 or A1:C20";

/// Columns go up to `ZZZ` at most, and so many digits hold every row.
const MAX_LETTERS: usize = 3;
const MAX_DIGITS: usize = 8;

/// The same range with the name of its sheet in quotes, so that nothing in the name means anything; `None` for what
/// names no cells.
///
/// A name without quotes ends at the last exclamation mark. In quotes, a quote is written twice.
pub(super) fn canonical(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let (sheet, cells) = match text.strip_prefix('\'') {
        Some(quoted) => {
            let (name, cells) = quoted.rsplit_once("'!")?;
            (Some(unquoted(name)?), cells)
        }
        None => match text.rsplit_once('!') {
            Some((name, cells)) => (Some(name.to_owned()), cells),
            None => (None, text),
        },
    };
    let cells = cells.to_ascii_uppercase();
    if !is_cells(&cells) {
        return None;
    }
    match sheet {
        None => Some(cells),
        Some(name) if name.trim().is_empty() => None,
        Some(name) => Some(format!("'{}'!{cells}", name.replace('\'', "''"))),
    }
}

/// What stands between quotes, in which each quote is written twice.
fn unquoted(text: &str) -> Option<String> {
    let alone = text.replace("''", "").contains('\'');
    (!alone).then(|| text.replace("''", "'"))
}

/// `A1`, `A1:C20`, `A:C` or `1:20`.
fn is_cells(text: &str) -> bool {
    match text.split_once(':') {
        Some((from, to)) => is_corner(from) && is_corner(to),
        None => is_corner(text) && text.bytes().any(|byte| byte.is_ascii_digit()) && !starts_with_digit(text),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// A column, a row, or both.
fn is_corner(text: &str) -> bool {
    let digits = text.trim_start_matches(|character: char| character.is_ascii_uppercase());
    let letters = text.len() - digits.len();
    !text.is_empty()
        && letters <= MAX_LETTERS
        && digits.len() <= MAX_DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn the_name_of_a_sheet_is_always_quoted() {
        for (written, sent) in [
            ("a1:c20", "A1:C20"),
            ("B7", "B7"),
            ("A:C", "A:C"),
            ("2:5", "2:5"),
            ("A2:C", "A2:C"),
            ("March!A1", "'March'!A1"),
            ("Q1 plan!A1:B2", "'Q1 plan'!A1:B2"),
            ("'Q1 plan'!A1:B2", "'Q1 plan'!A1:B2"),
            ("It's!A1", "'It''s'!A1"),
            ("'It''s'!A1", "'It''s'!A1"),
            ("Wow!!A1", "'Wow!'!A1"),
            ("'Wow!'!A1", "'Wow!'!A1"),
            ("'a''!b'!A1", "'a''!b'!A1"),
            ("../../x!A1", "'../../x'!A1"),
            ("Ü?#%2F!A1", "'Ü?#%2F'!A1"),
        ] {
            assert_eq!(canonical(written).as_deref(), Some(sent), "{written}");
        }
    }

    #[test]
    fn what_names_no_cells_is_none() {
        for text in [
            "",
            "A",
            "1",
            "March",
            "!A1",
            " !A1",
            "''!A1",
            "'It's'!A1",
            "'March!A1",
            "March!",
            "A1:",
            ":A1",
            "A1:clear",
            "A1:B2:C3",
            "A1,B2",
            "A1/..",
            "..",
            "A1\n",
            "ABCD1",
            "A1 ",
            "A1?x=1",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
