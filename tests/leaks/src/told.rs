use std::{error::Error, fmt::Debug};

/// What results print: values and errors, by `{}`, `{:?}` and `{:#?}`, errors with all their sources.
#[derive(Clone, Debug, Default)]
pub struct Told(String);

impl Told {
    /// Takes in what a result prints.
    pub fn tell<T: Debug, E: Error>(&mut self, result: &Result<T, E>) {
        match result {
            Ok(value) => self.value(value),
            Err(error) => self.error(error),
        }
    }

    /// Takes in what a value prints.
    pub fn value(&mut self, value: &dyn Debug) {
        self.0.extend([format!("{value:?}\n{value:#?}\n")]);
    }

    /// Takes in what an error and its sources print.
    pub fn error(&mut self, error: &dyn Error) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.0.extend([format!("{error}\n{error:#}\n{error:?}\n{error:#?}\n")]);
            next = error.source();
        }
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}
