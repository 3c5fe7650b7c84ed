//! A1 notation.

/// A part of a sheet, from zero; an end is exclusive, and `None` where the sheet ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) sheet: Option<String>,
    pub(super) rows: (usize, Option<usize>),
    pub(super) columns: (usize, Option<usize>),
}

impl Range {
    /// Reads `'Sheet'!A1:B2`, `Sheet!A:B`, `A1` or the name of a sheet.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (sheet, cells) = split(text)?;
        let Some(cells) = cells else {
            return Some(Self { sheet, rows: (0, None), columns: (0, None) });
        };
        let (from, to) = cells.split_once(':').unwrap_or((cells, cells));
        let ((column, row), (last_column, last_row)) = (corner(from)?, corner(to)?);
        Some(Self {
            sheet,
            rows: (row.unwrap_or(0), last_row.map(|row| row + 1)),
            columns: (column.unwrap_or(0), last_column.map(|column| column + 1)),
        })
    }
}

/// The name of the sheet and the cells.
fn split(text: &str) -> Option<(Option<String>, Option<&str>)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let mut name = String::new();
        let mut rest = quoted;
        loop {
            let (before, after) = rest.split_once('\'')?;
            name.push_str(before);
            match after.strip_prefix('\'') {
                Some(more) => {
                    name.push('\'');
                    rest = more;
                }
                None if after.is_empty() => return Some((Some(name), None)),
                None => return Some((Some(name), Some(after.strip_prefix('!')?))),
            }
        }
    }
    match text.split_once('!') {
        Some((name, cells)) if !name.contains('\'') => Some((Some(name.to_owned()), Some(cells))),
        Some(_) => None,
        None if corner(text.split(':').next()?).is_some() => Some((None, Some(text))),
        None => Some((Some(text.to_owned()), None)),
    }
}

/// Column and row of `B7`, `B` or `7`, from zero.
fn corner(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = text.get(..text.len() - digits.len())?;
    if text.is_empty() || letters.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let column = letters.bytes().fold(0, |column, letter| column * 26 + usize::from(letter - b'A') + 1);
    let row: usize = if digits.is_empty() { 0 } else { digits.parse().ok().filter(|row| *row > 0)? };
    Some((column.checked_sub(1), row.checked_sub(1)))
}

/// `C` for 2.
pub(super) fn column_name(column: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(column % 26).unwrap_or(0));
    match column / 26 {
        0 => letter.to_string(),
        rest => format!("{}{letter}", column_name(rest - 1)),
    }
}

/// The name as answers write it: in quotes unless it is one word.
pub(super) fn sheet_name(name: &str) -> String {
    let plain =
        !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_');
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::{Range, column_name};

    #[test]
    fn a_range_is_read_with_whatever_name_its_sheet_has() {
        for (text, sheet, rows, columns) in [
            ("B2:C3", None, (1, Some(3)), (1, Some(3))),
            ("March!A:B", Some("March"), (0, None), (0, Some(2))),
            ("'It''s! here'!AA10", Some("It's! here"), (9, Some(10)), (26, Some(27))),
            ("'Q1'", Some("Q1"), (0, None), (0, None)),
        ] {
            let sheet = sheet.map(str::to_owned);
            assert_eq!(Range::read(text), Some(Range { sheet, rows, columns }), "{text}");
        }
        for text in ["'open!A1", "'a'b!A1", "March!A1:clear", "A0"] {
            assert_eq!(
                Range::read(text).filter(|range| range.sheet.as_deref() != Some(text)),
                None,
                "{text}"
            );
        }
        assert_eq!(column_name(27), "AB");
    }
}
