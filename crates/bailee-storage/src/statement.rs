//! Statements of fixed text. Written once with names (`:id`, `{now}`, `{columns}`, `{or_raise}`), spelt once for each dialect.

use std::sync::{Arc, OnceLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::{dialect::Dialect, error::Failure};

/// One statement for every dialect. The text is made of literals of this crate alone: values are always parameters.
#[derive(Debug)]
pub(crate) struct Statement {
    columns: &'static [&'static str],
    template: &'static str,
    texts: [OnceLock<Text>; 3],
}

/// A statement as one dialect spells it.
#[derive(Debug)]
pub(crate) struct Text {
    sql: Arc<str>,
    parameters: Vec<String>,
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Bytes(Option<&'a [u8]>),
    Flag(bool),
    Int(Option<i64>),
    Text(Option<&'a str>),
}

/// Parameters by name.
pub(crate) type Values<'a> = &'a [(&'static str, Value<'a>)];

impl Statement {
    pub(crate) const fn new(template: &'static str) -> Self {
        Self::selecting(&[], template)
    }

    /// `{columns}` becomes the list of `columns`, in which `{now}` may stand, and which a [`Record`](crate::row::Record) reads in this order.
    pub(crate) const fn selecting(columns: &'static [&'static str], template: &'static str) -> Self {
        Self { columns, template, texts: [OnceLock::new(), OnceLock::new(), OnceLock::new()] }
    }

    /// The text for `dialect`; `None` never happens, there are as many texts as dialects.
    pub(crate) fn text(&self, dialect: &Dialect) -> Option<&Text> {
        self.texts.get(dialect.slot).map(|text| text.get_or_init(|| self.spell(dialect)))
    }

    fn spell(&self, dialect: &Dialect) -> Text {
        let template = self.template.replace("{columns}", &self.columns.join(", "));
        let mut sql = String::with_capacity(template.len() * 2);
        let mut parameters = Vec::new();
        let mut rest = template.as_str();
        while let Some(at) = rest.find([':', '{']) {
            let (before, from) = rest.split_at(at);
            sql.push_str(before);
            if let Some(after) = from.strip_prefix("{now}") {
                sql.push_str(dialect.now);
                rest = after;
                continue;
            }
            if let Some(after) = from.strip_prefix("{or_raise}") {
                sql.push_str(dialect.or_raise);
                rest = after;
                continue;
            }
            let named = from.get(1..).unwrap_or_default();
            let end = named
                .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .unwrap_or(named.len());
            let (name, after) = named.split_at(end);
            parameters.push(name.to_owned());
            if dialect.numbered {
                sql.push('$');
                sql.push_str(&parameters.len().to_string());
            } else {
                sql.push('?');
            }
            rest = after;
        }
        sql.push_str(rest);
        Text { sql: sql.into(), parameters }
    }
}

impl Text {
    pub(crate) fn sql(&self) -> SqlStr {
        AssertSqlSafe(Arc::clone(&self.sql)).into_sql_str()
    }

    /// The values in the order of the placeholders.
    pub(crate) fn arguments<A>(&self, values: Values<'_>) -> Result<A, Failure>
    where
        A: sqlx::Arguments,
        for<'v> Option<&'v [u8]>: sqlx::Encode<'v, A::Database> + sqlx::Type<A::Database>,
        bool: for<'v> sqlx::Encode<'v, A::Database> + sqlx::Type<A::Database>,
        Option<i64>: for<'v> sqlx::Encode<'v, A::Database> + sqlx::Type<A::Database>,
        for<'v> Option<&'v str>: sqlx::Encode<'v, A::Database> + sqlx::Type<A::Database>,
    {
        let mut arguments = A::default();
        for parameter in &self.parameters {
            let value = values.iter().find(|(name, _)| name == parameter);
            match value {
                Some((_, Value::Bytes(bytes))) => arguments.add(*bytes),
                Some((_, Value::Flag(flag))) => arguments.add(*flag),
                Some((_, Value::Int(int))) => arguments.add(*int),
                Some((_, Value::Text(text))) => arguments.add(*text),
                None => return Err(Failure::refused("parameter")),
            }
            .map_err(|_| Failure::refused("parameter"))?;
        }
        Ok(arguments)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(bytes: Option<&'a [u8]>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(Some(int))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(int: Option<i64>) -> Self {
        Self::Int(int)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

#[cfg(all(test, feature = "postgres", feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::dialect::{POSTGRES, SQLITE};

    static FIND: Statement = Statement::selecting(
        &["id", "version"],
        "SELECT {columns} FROM t WHERE id = :id AND (until_ms <= {now} OR id = :id)",
    );

    #[test]
    fn a_statement_is_spelt_for_its_dialect() -> anyhow::Result<()> {
        let spelt = |dialect| {
            FIND.text(dialect)
                .map(|text| (text.sql.to_string(), text.parameters.clone()))
                .ok_or_else(|| anyhow::anyhow!("no text"))
        };
        let (sql, parameters) = spelt(&POSTGRES)?;
        assert_eq!(
            sql,
            "SELECT id, version FROM t WHERE id = $1 AND \
             (until_ms <= (extract(epoch from clock_timestamp()) * 1000)::bigint OR id = $2)"
        );
        assert_eq!(parameters, ["id", "id"]);
        let (sql, _) = spelt(&SQLITE)?;
        assert!(sql.starts_with("SELECT id, version FROM t WHERE id = ? AND "), "{sql}");
        Ok(())
    }
}
