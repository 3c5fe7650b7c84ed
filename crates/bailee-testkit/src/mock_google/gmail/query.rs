//! A little of the language of Gmail's search box.

use super::mailbox::Mail;

/// Conditions that must all hold.
#[derive(Debug)]
pub(super) struct Query(Vec<Term>);

#[derive(Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    operator: Option<String>,
    /// In lower case.
    words: String,
}

impl Query {
    /// Terms between blanks; quotes hold one together.
    pub(super) fn read(text: &str) -> Self {
        let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
        for character in text.chars() {
            match character {
                '"' => quoted = !quoted,
                blank if blank.is_whitespace() && !quoted => terms.push(std::mem::take(&mut term)),
                other => term.push(other),
            }
        }
        terms.push(term);
        Self(terms.iter().filter(|term| !term.is_empty()).map(|term| Term::read(term)).collect())
    }

    pub(super) fn fits(&self, mail: &Mail) -> bool {
        self.0.iter().all(|term| term.fits(mail))
    }
}

impl Term {
    fn read(text: &str) -> Self {
        let (negated, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let text = text.to_lowercase();
        let (operator, words) = match text.split_once(':') {
            Some((operator, words)) if OPERATORS.contains(&operator) => {
                (Some(operator.to_owned()), words.to_owned())
            }
            _ => (None, text),
        };
        Self { negated, operator, words }
    }

    fn fits(&self, mail: &Mail) -> bool {
        let header = |name: &str| contains(mail.header(name), &self.words);
        let label = |name: &str| mail.labels.iter().any(|label| label.eq_ignore_ascii_case(name));
        let fits = match self.operator.as_deref() {
            Some("cc") => header("Cc"),
            Some("from") => header("From"),
            Some("is") if self.words == "read" => !label("UNREAD"),
            Some("in" | "is" | "label") => label(&self.words),
            Some("rfc822msgid") => {
                let id = mail.header("Message-ID").unwrap_or_default().trim_matches(['<', '>']);
                id.eq_ignore_ascii_case(self.words.trim_matches(['<', '>']))
            }
            Some("subject") => header("Subject"),
            Some("to") => header("To"),
            _ => {
                header("Subject")
                    || header("From")
                    || header("To")
                    || contains(Some(&mail.snippet), &self.words)
            }
        };
        fits != self.negated
    }
}

const OPERATORS: [&str; 8] = ["cc", "from", "in", "is", "label", "rfc822msgid", "subject", "to"];

fn contains(text: Option<&str>, words: &str) -> bool {
    text.is_some_and(|text| text.to_lowercase().contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_phrases_and_operators() {
        let Query(terms) = Query::read("  From:Bob  -is:unread \"two words\" subject:\"a b\" http://x");
        let term = |negated, operator: Option<&str>, words: &str| Term {
            negated,
            operator: operator.map(str::to_owned),
            words: words.to_owned(),
        };
        assert_eq!(
            terms,
            [
                term(false, Some("from"), "bob"),
                term(true, Some("is"), "unread"),
                term(false, None, "two words"),
                term(false, Some("subject"), "a b"),
                term(false, None, "http://x"),
            ]
        );
    }
}
