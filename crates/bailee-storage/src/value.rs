//! Values of parameters.

/// The value of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Bytes(Option<&'a [u8]>),
    Column(Column<'a>),
    Flag(Option<bool>),
    Int(Option<i64>),
    Text(Option<&'a str>),
}

/// What several rows have in one column, for a statement that writes them all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column<'a> {
    Bytes(&'a [&'a [u8]]),
    Int(&'a [i64]),
    Text(&'a [String]),
}

/// Parameters by name.
pub(crate) type Values<'a> = &'a [(&'static str, Value<'a>)];

impl Value<'_> {
    /// What the row of this number has of a column, and NULL where there are fewer rows. Any other value is the same for
    /// every row.
    pub(crate) fn of_row(self, row: usize) -> Self {
        match self {
            Self::Column(Column::Bytes(bytes)) => Self::Bytes(bytes.get(row).copied()),
            Self::Column(Column::Int(ints)) => Self::Int(ints.get(row).copied()),
            Self::Column(Column::Text(texts)) => Self::Text(texts.get(row).map(String::as_str)),
            Self::Bytes(_) | Self::Flag(_) | Self::Int(_) | Self::Text(_) => self,
        }
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
        Self::Flag(Some(flag))
    }
}

impl From<Option<bool>> for Value<'_> {
    fn from(flag: Option<bool>) -> Self {
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

impl<'a> From<Column<'a>> for Value<'a> {
    fn from(column: Column<'a>) -> Self {
        Self::Column(column)
    }
}
