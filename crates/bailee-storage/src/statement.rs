//! Statements of fixed text. Written once with names (`:id`, `{now}`, `{now_once}`, `{columns}`, `{or_raise}`,
//! `{skip_locked}`, `{rows id secret}`), spelt once for each dialect.

use std::sync::{Arc, OnceLock};

use sqlx::{Arguments as _, AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::{
    dialect::Dialect,
    driver::Driver,
    error::Failure,
    value::{Value, Values},
};

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
    parameters: Vec<Parameter>,
}

/// What stands at a placeholder.
#[derive(Debug)]
struct Parameter {
    name: String,
    /// Of which row, where the value is that of several; `None`: of all of them, as an array.
    row: Option<usize>,
}

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
        let sql = String::with_capacity(template.len() * 2);
        let mut speller = Speller { dialect, sql, parameters: Vec::new() };
        let mut rest = template.as_str();
        while let Some(at) = rest.find([':', '{']) {
            let (before, from) = rest.split_at(at);
            speller.sql.push_str(before);
            rest = speller.element(from);
        }
        speller.sql.push_str(rest);
        Text { sql: speller.sql.into(), parameters: speller.parameters }
    }
}

/// A text in the making.
struct Speller<'d> {
    dialect: &'d Dialect,
    sql: String,
    parameters: Vec<Parameter>,
}

impl Speller<'_> {
    /// Spells the element with which `text` begins, and returns what follows it.
    fn element<'t>(&mut self, text: &'t str) -> &'t str {
        let clauses = [
            ("{now}", self.dialect.now),
            ("{now_once}", self.dialect.now_once),
            ("{or_raise}", self.dialect.or_raise),
            ("{skip_locked}", self.dialect.skip_locked),
        ];
        for (name, spelt) in clauses {
            if let Some(after) = text.strip_prefix(name) {
                self.sql.push_str(spelt);
                return after;
            }
        }
        if let Some((names, after)) = text.strip_prefix("{rows ").and_then(|listed| listed.split_once('}')) {
            self.rows(&names.split(' ').collect::<Vec<_>>());
            return after;
        }
        let named = text.get(1..).unwrap_or_default();
        let end = named
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(named.len());
        let (name, after) = named.split_at(end);
        self.parameter(name, 0);
        after
    }

    /// A query that answers with the rows that these parameters have together.
    fn rows(&mut self, names: &[&str]) {
        if self.dialect.arrays {
            // A planner that knew how long they are would, now and then, begin with the other table: and two statements
            // for the same rows would lock them in two orders.
            self.row("SELECT * FROM unnest(", names, "(SELECT ", ")", 0);
            return;
        }
        for row in 0..self.dialect.rows {
            self.row(if row == 0 { "VALUES (" } else { ", (" }, names, "", "", row);
        }
    }

    fn row(&mut self, begin: &str, names: &[&str], before: &str, after: &str, row: usize) {
        self.sql.push_str(begin);
        for (column, name) in names.iter().enumerate() {
            self.sql.push_str(if column == 0 { "" } else { ", " });
            self.sql.push_str(before);
            self.parameter(name, row);
            self.sql.push_str(after);
        }
        self.sql.push(')');
    }

    fn parameter(&mut self, name: &str, row: usize) {
        let row = (!self.dialect.arrays).then_some(row);
        self.parameters.push(Parameter { name: name.to_owned(), row });
        if self.dialect.numbered {
            self.sql.push('$');
            self.sql.push_str(&self.parameters.len().to_string());
        } else {
            self.sql.push('?');
        }
    }
}

impl Text {
    pub(crate) fn sql(&self) -> SqlStr {
        AssertSqlSafe(Arc::clone(&self.sql)).into_sql_str()
    }

    /// The values in the order of the placeholders.
    pub(crate) fn arguments<DB: Driver>(&self, values: Values<'_>) -> Result<DB::Arguments, Failure>
    where
        for<'v> Option<&'v [u8]>: sqlx::Encode<'v, DB> + sqlx::Type<DB>,
        Option<bool>: for<'v> sqlx::Encode<'v, DB> + sqlx::Type<DB>,
        Option<i64>: for<'v> sqlx::Encode<'v, DB> + sqlx::Type<DB>,
        for<'v> Option<&'v str>: sqlx::Encode<'v, DB> + sqlx::Type<DB>,
    {
        let mut arguments = DB::Arguments::default();
        for Parameter { name, row } in &self.parameters {
            let (_, value) = values
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| Failure::refused("parameter"))?;
            match row.map_or(*value, |row| value.of_row(row)) {
                Value::Bytes(bytes) => arguments.add(bytes),
                Value::Column(column) => DB::add_column(&mut arguments, column),
                Value::Flag(flag) => arguments.add(flag),
                Value::Int(int) => arguments.add(int),
                Value::Text(text) => arguments.add(text),
            }
            .map_err(|_| Failure::refused("parameter"))?;
        }
        Ok(arguments)
    }
}

#[cfg(all(test, feature = "postgres", feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::{
        dialect::{POSTGRES, SQLITE},
        value::Column,
    };

    static FIND: Statement = Statement::selecting(
        &["id", "version"],
        "SELECT {columns} FROM t WHERE id = :id AND (until_ms <= {now} OR id = :id)",
    );

    static ROWS: Statement =
        Statement::new("WITH r (id, n) AS ({rows id n}) SELECT id FROM r WHERE n = :least");

    #[test]
    fn a_statement_is_spelt_for_its_dialect() -> anyhow::Result<()> {
        let (sql, parameters) = spelt(&FIND, &POSTGRES)?;
        assert_eq!(
            sql,
            "SELECT id, version FROM t WHERE id = $1 AND \
             (until_ms <= (extract(epoch from clock_timestamp()) * 1000)::bigint OR id = $2)"
        );
        assert_eq!(parameters, ["id", "id"]);
        let (sql, _) = spelt(&FIND, &SQLITE)?;
        assert!(sql.starts_with("SELECT id, version FROM t WHERE id = ? AND "), "{sql}");
        Ok(())
    }

    #[test]
    fn rows_come_as_arrays_or_written_out() -> anyhow::Result<()> {
        let (sql, parameters) = spelt(&ROWS, &POSTGRES)?;
        assert_eq!(
            sql,
            "WITH r (id, n) AS (SELECT * FROM unnest((SELECT $1), (SELECT $2))) SELECT id FROM r WHERE n = $3"
        );
        assert_eq!(parameters, ["id", "n", "least"]);
        let (sql, parameters) = spelt(&ROWS, &SQLITE)?;
        assert!(sql.starts_with("WITH r (id, n) AS (VALUES (?, ?), (?, ?), "), "{sql}");
        assert!(sql.ends_with(", (?, ?)) SELECT id FROM r WHERE n = ?"), "{sql}");
        assert_eq!(parameters.len(), 2 * SQLITE.rows + 1);
        Ok(())
    }

    #[test]
    fn rows_that_are_missing_are_null() {
        let ids = ["first".to_owned(), "second".to_owned()];
        let column = Value::from(Column::Text(&ids));
        let of_row = [0, 1, 2].map(|row| match column.of_row(row) {
            Value::Text(text) => text,
            _ => Some("another kind"),
        });
        assert_eq!(of_row, [Some("first"), Some("second"), None]);
    }

    fn spelt(
        statement: &'static Statement,
        dialect: &Dialect,
    ) -> anyhow::Result<(String, Vec<&'static str>)> {
        let text = statement.text(dialect).ok_or_else(|| anyhow::anyhow!("no text"))?;
        Ok((text.sql.to_string(), text.parameters.iter().map(|parameter| parameter.name.as_str()).collect()))
    }
}
