use std::fmt;

use serde_json::{Value, json};

/// How somebody looks at a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Dark.
    Dark,
    /// With colours of their own, as in the high contrast of Windows.
    ForcedColors,
    /// As most do.
    #[default]
    Light,
    /// Without motion.
    ReducedMotion,
}

impl Look {
    /// The three that differ in colour.
    pub const COLOURS: [Self; 3] = [Self::Light, Self::Dark, Self::ForcedColors];

    /// For `Emulation.setEmulatedMedia`.
    pub(crate) fn media(self) -> Value {
        let (scheme, forced, motion) = match self {
            Self::Dark => ("dark", "none", "no-preference"),
            Self::ForcedColors => ("light", "active", "no-preference"),
            Self::Light => ("light", "none", "no-preference"),
            Self::ReducedMotion => ("light", "none", "reduce"),
        };
        json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced },
            { "name": "prefers-reduced-motion", "value": motion },
        ] })
    }
}

/// As in the name of a file.
impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dark => "dark",
            Self::ForcedColors => "forced-colors",
            Self::Light => "light",
            Self::ReducedMotion => "reduced-motion",
        })
    }
}
