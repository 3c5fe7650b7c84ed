//! How far a connected account goes, in one word for people.

use crate::{Effect, OAuthScopes};

/// What can be done with an account by what a consent asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing can be changed.
    Read,
    /// Something may be changed, or said to people.
    ReadWrite,
}

impl Access {
    /// The access of what was `requested`, of which `reading` are those scopes that let nothing be changed; `effects` are
    /// those of the enabled tools.
    ///
    /// # Behaviour
    /// - Scopes decide, where any were requested: one that is not known to read may write, whatever the tools do.
    /// - Where none were, the tools decide: one that writes is enough.
    /// - `None` without any tool, as long as nothing was requested that may write.
    ///
    /// ```
    /// use bailee_core::{Access, Effect, OAuthScopes};
    ///
    /// let reading = OAuthScopes::parse("openid mail.read")?;
    /// let access = |requested| {
    ///     Ok::<_, bailee_core::InvalidOAuthScope>(Access::of(&OAuthScopes::parse(requested)?, &reading, [Effect::Read]))
    /// };
    /// assert_eq!(access("openid mail.read")?, Some(Access::Read));
    /// assert_eq!(access("openid mail")?, Some(Access::ReadWrite));
    /// # Ok::<(), bailee_core::InvalidOAuthScope>(())
    /// ```
    #[must_use]
    pub fn of(
        requested: &OAuthScopes,
        reading: &OAuthScopes,
        effects: impl IntoIterator<Item = Effect>,
    ) -> Option<Self> {
        let mut effects = effects.into_iter().peekable();
        if !reading.contains_all(requested) {
            return Some(Self::ReadWrite);
        }
        effects.peek()?;
        let writes = requested.is_empty() && effects.any(|effect| effect == Effect::Write);
        Some(if writes { Self::ReadWrite } else { Self::Read })
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read_write",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(requested: &str, effects: &[Effect]) -> Result<Option<Access>, crate::InvalidOAuthScope> {
        let reading = OAuthScopes::parse("email openid posts.read")?;
        Ok(Access::of(&OAuthScopes::parse(requested)?, &reading, effects.iter().copied()))
    }

    #[test]
    fn only_scopes_that_are_all_known_to_read_are_read_access() -> Result<(), crate::InvalidOAuthScope> {
        for (requested, expected) in [
            ("openid", Access::Read),
            ("email openid posts.read", Access::Read),
            ("openid posts.write", Access::ReadWrite),
            ("posts", Access::ReadWrite),
        ] {
            for effects in [&[Effect::Read][..], &[Effect::Write], &[Effect::Read, Effect::Write]] {
                assert_eq!(access(requested, effects)?, Some(expected), "{requested} {effects:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn without_scopes_the_tools_decide() -> Result<(), crate::InvalidOAuthScope> {
        assert_eq!(access("", &[Effect::Read, Effect::Read])?, Some(Access::Read));
        assert_eq!(access("", &[Effect::Read, Effect::Write])?, Some(Access::ReadWrite));
        Ok(())
    }

    #[test]
    fn without_tools_only_what_may_write_is_told() -> Result<(), crate::InvalidOAuthScope> {
        assert_eq!(access("", &[])?, None);
        assert_eq!(access("email openid", &[])?, None);
        assert_eq!(access("openid chat", &[])?, Some(Access::ReadWrite));
        Ok(())
    }
}
