use std::collections::BTreeSet;

use crate::ProfileId;

/// Which profiles may use an integration.
///
/// ```
/// use bailee_core::{ProfileId, ProfileIds, Scope};
///
/// let finance = ProfileId::new("prof_vzfin")?;
/// let coding = ProfileId::new("prof_code")?;
/// let scope = Scope::Agents(ProfileIds::new([finance.clone()])?);
/// assert!(scope.grants(None, &finance));
/// assert!(!scope.grants(None, &coding));
/// assert!(Scope::All.grants(None, &coding));
/// assert!(!Scope::All.grants(Some(&finance), &coding), "a bound bot speaks for one profile");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Only these profiles. No profile at all means nobody, never everybody.
    Agents(ProfileIds),
    /// Every profile of the owner.
    #[default]
    All,
}

impl Scope {
    /// Whether `profile` may use an integration with this scope that is bound to `bound`.
    ///
    /// Granted = (bound is none, or bound is the profile) and (scope is all, or the profile is listed, or bound is
    /// the profile).
    #[must_use]
    pub fn grants(&self, bound: Option<&ProfileId>, profile: &ProfileId) -> bool {
        match bound {
            Some(bound) => bound == profile,
            None => match self {
                Self::All => true,
                Self::Agents(profiles) => profiles.contains(profile),
            },
        }
    }
}

/// A set of at most 200 profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileIds(BTreeSet<ProfileId>);

/// More profiles than a scope can list.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a scope lists at most {} profiles", ProfileIds::MAX)]
pub struct TooManyProfiles;

impl ProfileIds {
    /// The largest number of profiles.
    pub const MAX: usize = 200;

    /// Collects profiles; duplicates are folded.
    ///
    /// # Errors
    /// [`TooManyProfiles`] above [`ProfileIds::MAX`] different ones.
    pub fn new(profiles: impl IntoIterator<Item = ProfileId>) -> Result<Self, TooManyProfiles> {
        let set: BTreeSet<_> = profiles.into_iter().collect();
        if set.len() > Self::MAX { Err(TooManyProfiles) } else { Ok(Self(set)) }
    }

    /// Whether `profile` is listed.
    #[must_use]
    pub fn contains(&self, profile: &ProfileId) -> bool {
        self.0.contains(profile)
    }

    /// The profiles in order.
    pub fn iter(&self) -> impl Iterator<Item = &ProfileId> {
        self.0.iter()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn profiles_are_listed_in_order_and_once() -> TestResult {
        let ids = ["b", "a", "b"].into_iter().map(ProfileId::new).collect::<Result<Vec<_>, _>>()?;
        let listed = ProfileIds::new(ids)?;
        assert_eq!(listed.iter().map(ProfileId::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert!(!listed.is_empty() && ProfileIds::default().is_empty());
        Ok(())
    }

    #[test]
    fn agents_without_any_profile_means_nobody() -> TestResult {
        let profile = ProfileId::new("p")?;
        assert!(!Scope::Agents(ProfileIds::default()).grants(None, &profile));
        Ok(())
    }

    #[test]
    fn a_bound_profile_is_granted_without_being_listed_and_alone() -> TestResult {
        let bound = ProfileId::new("bound")?;
        let listed = ProfileId::new("listed")?;
        let scope = Scope::Agents(ProfileIds::new([listed.clone()])?);
        assert!(scope.grants(Some(&bound), &bound));
        assert!(!scope.grants(Some(&bound), &listed));
        Ok(())
    }

    #[test]
    fn the_two_hundred_and_first_profile_is_refused() -> TestResult {
        let ids =
            |count: usize| (0..count).map(|n| ProfileId::new(format!("p{n}"))).collect::<Result<Vec<_>, _>>();
        assert!(ProfileIds::new(ids(200)?).is_ok());
        assert_eq!(ProfileIds::new(ids(201)?), Err(TooManyProfiles));
        Ok(())
    }
}
