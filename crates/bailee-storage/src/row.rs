//! Rows of any database, read column by column in the order of a statement's list.

use bailee_core::StoreError;
use chrono::{DateTime, Utc};
use sqlx::{ColumnIndex, Decode, Row, Type};

/// A value is missing or of another type.
pub(crate) struct Unreadable;

/// The columns of one row by position. `None` is NULL.
pub(crate) trait Columns {
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, Unreadable>;
    fn flag(&self, at: usize) -> Result<Option<bool>, Unreadable>;
    fn int(&self, at: usize) -> Result<Option<i64>, Unreadable>;
    fn text(&self, at: usize) -> Result<Option<&str>, Unreadable>;
}

impl<R> Columns for R
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r str: Decode<'r, R::Database>,
{
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, Unreadable> {
        self.try_get(at).map_err(|_| Unreadable)
    }

    fn flag(&self, at: usize) -> Result<Option<bool>, Unreadable> {
        self.try_get(at).map_err(|_| Unreadable)
    }

    fn int(&self, at: usize) -> Result<Option<i64>, Unreadable> {
        self.try_get(at).map_err(|_| Unreadable)
    }

    // Unchecked, as MySQL's VARBINARY is not declared to be text; UTF-8 is checked.
    fn text(&self, at: usize) -> Result<Option<&str>, Unreadable> {
        self.try_get_unchecked(at).map_err(|_| Unreadable)
    }
}

/// What a statement answers with.
pub(crate) trait Record: Sized {
    /// The table, for errors.
    const TABLE: &'static str;
    /// The columns, in the order in which `read` takes them. The first is the row's id.
    const COLUMNS: &'static [&'static str];

    /// Takes every column once, in order.
    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError>;
}

/// A row that is being read.
#[derive(Debug)]
pub(crate) struct Cells<'r, R> {
    row: &'r R,
    table: &'static str,
    columns: &'static [&'static str],
    at: usize,
}

impl<'r, R: Columns> Cells<'r, R> {
    pub(crate) fn record<T: Record>(row: &'r R) -> Result<T, StoreError> {
        T::read(&mut Self { row, table: T::TABLE, columns: T::COLUMNS, at: 0 })
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.bytes_or_null()?.ok_or_else(|| self.inconsistent())
    }

    pub(crate) fn bytes_or_null(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.row.bytes(self.at);
        self.next(value)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| self.inconsistent())
    }

    pub(crate) fn array_or_null<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        let bytes = self.bytes_or_null()?;
        bytes.map(|bytes| bytes.try_into().map_err(|_| self.inconsistent())).transpose()
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        self.flag_or_null()?.ok_or_else(|| self.inconsistent())
    }

    pub(crate) fn flag_or_null(&mut self) -> Result<Option<bool>, StoreError> {
        let value = self.row.flag(self.at);
        self.next(value)
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.int_or_null()?.ok_or_else(|| self.inconsistent())
    }

    pub(crate) fn int_or_null(&mut self) -> Result<Option<i64>, StoreError> {
        let value = self.row.int(self.at);
        self.next(value)
    }

    pub(crate) fn moment(&mut self) -> Result<DateTime<Utc>, StoreError> {
        self.moment_or_null()?.ok_or_else(|| self.inconsistent())
    }

    pub(crate) fn moment_or_null(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let ms = self.int_or_null()?;
        ms.map(|ms| DateTime::from_timestamp_millis(ms).ok_or_else(|| self.inconsistent())).transpose()
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.text_or_null()?.ok_or_else(|| self.inconsistent())
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.borrowed()?.map(str::to_owned))
    }

    fn borrowed(&mut self) -> Result<Option<&'r str>, StoreError> {
        let value = self.row.text(self.at);
        self.next(value)
    }

    /// A text that must mean something.
    pub(crate) fn parsed<T, E>(
        &mut self,
        parse: impl FnOnce(&'r str) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        let text = self.borrowed()?.ok_or_else(|| self.inconsistent())?;
        parse(text).map_err(|_| self.inconsistent())
    }

    /// A text that must mean something where it is not NULL.
    pub(crate) fn parsed_or_null<T, E>(
        &mut self,
        parse: impl FnOnce(&'r str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        let text = self.borrowed()?;
        text.map(|text| parse(text).map_err(|_| self.inconsistent())).transpose()
    }

    fn next<T>(&mut self, value: Result<T, Unreadable>) -> Result<T, StoreError> {
        self.at += 1;
        value.map_err(|Unreadable| self.inconsistent())
    }

    /// The column that was read last cannot be understood.
    pub(crate) fn inconsistent(&self) -> StoreError {
        StoreError::Inconsistent {
            table: self.table,
            column: self.at.checked_sub(1).and_then(|at| self.columns.get(at)).unwrap_or(&""),
            id: self.row.text(0).ok().flatten().unwrap_or_default().to_owned(),
        }
    }
}
