//! From text to keys: the variable, the file, the list.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use bailee_core::KeyId;

use crate::{
    error::{KeyProblem, KeyRingError, Origin},
    key::{KEY_LEN, Key},
};

/// Room for more than a thousand keys; a file above it is something else.
const FILE_LIMIT: usize = 64 * 1024;

/// Standard base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys in the variable `name`, or in the file that `<name>_FILE` names.
pub(crate) fn from_lookup(
    name: &str,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Key>, KeyRingError> {
    let file_name = format!("{name}_FILE");
    match (lookup(name), lookup(&file_name)) {
        (Some(_), Some(_)) => Err(KeyRingError::BothSet { variable: name.to_owned() }),
        (Some(text), None) => {
            let origin = Origin::Variable(name.to_owned());
            match text.into_string() {
                Ok(text) => parse(&Zeroizing::new(text), &origin),
                Err(_) => Err(unreadable(&origin, io::ErrorKind::InvalidData)),
            }
        }
        (None, Some(path)) => from_file(Path::new(&path), &Origin::FileOf(file_name)),
        (None, None) => Err(KeyRingError::Missing { variable: name.to_owned() }),
    }
}

/// The keys in a file.
pub(crate) fn from_file(path: &Path, origin: &Origin) -> Result<Vec<Key>, KeyRingError> {
    let bytes = read(path).map_err(|kind| unreadable(origin, kind))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable(origin, io::ErrorKind::InvalidData))?;
    parse(text, origin)
}

/// Into one buffer that never grows, so that no copy is left behind.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, io::ErrorKind> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_LIMIT + 1));
    let file = File::open(path).map_err(|error| error.kind())?;
    file.take(FILE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.kind())?;
    if bytes.len() > FILE_LIMIT { Err(io::ErrorKind::FileTooLarge) } else { Ok(bytes) }
}

/// The keys of a list: base64, separated by commas, blanks around each ignored.
pub(crate) fn parse(text: &str, origin: &Origin) -> Result<Vec<Key>, KeyRingError> {
    let mut keys: Vec<Key> = Vec::new();
    for (index, entry) in (1..).zip(text.split(',')) {
        let key = decode(entry.trim_ascii()).and_then(|key| {
            let earlier = (1..).zip(&keys).find(|(_, earlier)| earlier.kid() == key.kid());
            earlier.map_or(Ok(key), |(earlier, _)| Err(KeyProblem::Duplicate(earlier)))
        });
        match key {
            Ok(key) => keys.push(key),
            Err(problem) => {
                return Err(KeyRingError::Key { origin: origin.clone(), index, problem });
            }
        }
    }
    Ok(keys)
}

fn decode(entry: &str) -> Result<Key, KeyProblem> {
    if entry.is_empty() {
        return Err(KeyProblem::Empty);
    }
    // As long as the text: decoding never makes it grow.
    let mut bytes = Zeroizing::new(Vec::with_capacity(entry.len()));
    BASE64.decode_vec(entry, &mut bytes).map_err(|_| KeyProblem::NotBase64)?;
    let bytes = <&[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| KeyProblem::Length(bytes.len()))?;
    accept(bytes)
}

/// The ids in the variable `<name>_RETIRED`: 16 hexadecimal digits, separated by commas.
pub(crate) fn retired(
    name: &str,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<KeyId>, KeyRingError> {
    let variable = format!("{name}_RETIRED");
    let text = match lookup(&variable).map(OsString::into_string) {
        None => return Ok(Vec::new()),
        Some(Err(_)) => {
            return Err(unreadable(&Origin::Variable(variable), io::ErrorKind::InvalidData));
        }
        Some(Ok(text)) => text,
    };
    if text.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    (1..)
        .zip(text.split(','))
        .map(|(index, entry)| {
            KeyId::from_hex(entry.trim_ascii())
                .ok_or_else(|| KeyRingError::Retired { variable: variable.clone(), index })
        })
        .collect()
}

/// The key of these bytes, unless they are a placeholder.
pub(crate) fn accept(bytes: &[u8; KEY_LEN]) -> Result<Key, KeyProblem> {
    if bytes.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
        return Err(KeyProblem::AllEqual);
    }
    Ok(Key::new(bytes))
}

/// The key as the list takes it. The text wipes itself.
pub(crate) fn encode(bytes: &[u8; KEY_LEN]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_LEN * 2));
    BASE64.encode_string(bytes, &mut text);
    text
}

fn unreadable(origin: &Origin, kind: io::ErrorKind) -> KeyRingError {
    KeyRingError::Unreadable { origin: origin.clone(), kind }
}
