//! One module of many: those of `assets` import each other by name, and the browser fetches one file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

/// The text of the entry and of all that it imports, each module before those that need it.
///
/// # Errors
/// A module that cannot be read, or that this cannot link: one that imports under another name, or two that declare the
/// same name.
pub(crate) fn link(folder: &Path, entry: &str) -> io::Result<String> {
    let mut linker = Linker {
        folder,
        seen: BTreeSet::new(),
        declared: BTreeMap::new(),
        exports: Vec::new(),
        text: String::new(),
    };
    linker.add(entry)?;
    Ok(format!("{}export {{ {} }};\n", linker.text, linker.exports.join(", ")))
}

struct Linker<'a> {
    folder: &'a Path,
    seen: BTreeSet<String>,
    declared: BTreeMap<String, String>,
    exports: Vec<String>,
    text: String,
}

impl Linker<'_> {
    fn add(&mut self, name: &str) -> io::Result<()> {
        if !self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let source = fs::read_to_string(self.folder.join(name))?;
        let (mut own, mut statement) = (String::new(), String::new());
        for line in source.lines() {
            let begins = line.starts_with("import ") || line.starts_with("export {");
            if statement.is_empty() && !begins {
                self.declare(name, line)?;
                own.push_str(line.strip_prefix("export ").unwrap_or(line));
                own.push('\n');
                continue;
            }
            statement.push_str(line);
            statement.push(' ');
            if line.ends_with(';') {
                self.follow(&statement).map_err(|error| io::Error::other(format!("{name}: {error}")))?;
                statement.clear();
            }
        }
        self.text.push_str(&own);
        Ok(())
    }

    /// `import "./a.js";`, `import { b } from "./a.js";` or, for what hosts may import, `export { b } from "./a.js";`
    fn follow(&mut self, statement: &str) -> io::Result<()> {
        let (what, file) =
            statement.split_once('"').ok_or_else(|| io::Error::other("an import without a file"))?;
        let (file, _) = file.split_once('"').unwrap_or_default();
        let named = what.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(named, _)| named);
        if what.contains(" as ") || what.contains('*') || (named.is_none() && what != "import ") {
            return Err(io::Error::other(format!(
                "{statement}cannot be linked: import by the name that is exported"
            )));
        }
        if statement.starts_with("export") {
            let exported = named.unwrap_or_default().split(',').map(str::trim);
            self.exports.extend(exported.filter(|name| !name.is_empty()).map(str::to_owned));
        }
        self.add(file.trim_start_matches("./"))
    }

    /// Modules share one scope once they are linked.
    fn declare(&mut self, module: &str, line: &str) -> io::Result<()> {
        if line.starts_with("export default") {
            return Err(io::Error::other(format!("{module} exports without a name, and cannot be linked")));
        }
        let words = line.trim_start_matches("export ").trim_start_matches("async ");
        let declared =
            ["class ", "const ", "function ", "let "].iter().find_map(|kind| words.strip_prefix(kind));
        let end = |character: char| !character.is_alphanumeric() && character != '_';
        let Some(name) = declared.and_then(|rest| rest.split(end).next()).filter(|name| !name.is_empty())
        else {
            return Ok(());
        };
        match self.declared.insert(name.to_owned(), module.to_owned()) {
            Some(other) => Err(io::Error::other(format!("{module} and {other} both declare {name}"))),
            None => Ok(()),
        }
    }
}
