use std::{borrow::Cow, str::FromStr};

use bailee_core::IntegrationId;
use bailee_engine::{Bailee, InputProblem};
use url::form_urlencoded;

use crate::error::HttpError;

/// The parameters of a query, to be asked by name: a known one that is there twice is refused, an unknown one ignored.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    pub(crate) fn of(uri: &'a http::Uri) -> Self {
        Self(uri.query().unwrap_or_default())
    }

    /// The value of a parameter; `None` when it is absent.
    pub(crate) fn get(self, name: &'static str) -> Result<Option<Cow<'a, str>>, HttpError> {
        let mut values = form_urlencoded::parse(self.0.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value);
        if values.next().is_some() {
            return Err(HttpError::field(name, InputProblem::Duplicated));
        }
        Ok(value)
    }

    /// `integration_id`: which of several integrations is meant.
    pub(crate) fn integration_id(self) -> Result<Option<IntegrationId>, HttpError> {
        self.parsed("integration_id")
    }

    /// `limit` and `cursor` of a list.
    pub(crate) fn page<T: FromStr>(self) -> Result<(u32, Option<T>), HttpError> {
        let malformed = HttpError::field("limit", InputProblem::Malformed);
        let limit = match self.get("limit")? {
            None => Bailee::MAX_PAGE,
            Some(limit) => match limit.parse() {
                Ok(limit @ 1..=Bailee::MAX_PAGE) => limit,
                _ => return Err(malformed),
            },
        };
        Ok((limit, self.parsed("cursor")?))
    }

    /// A parameter that is an id, a word or a number.
    pub(crate) fn parsed<T: FromStr>(self, name: &'static str) -> Result<Option<T>, HttpError> {
        let Some(text) = self.get(name)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| HttpError::field(name, InputProblem::Malformed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_parameter_may_be_there_once() -> Result<(), HttpError> {
        assert_eq!(Query("code=a%20b&x=1&x=2").get("code")?.as_deref(), Some("a b"));
        assert!(Query("code=a&code=a").get("code").is_err());
        assert_eq!(Query("").get("code")?, None);
        Ok(())
    }

    #[test]
    fn a_page_has_one_to_a_hundred_items() {
        for wrong in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "cursor=x"] {
            assert!(Query(wrong).page::<IntegrationId>().is_err(), "{wrong}");
        }
        assert!(Query("limit=100").page::<IntegrationId>().is_ok());
    }
}
