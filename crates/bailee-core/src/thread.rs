use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PermissionFlag;

/// What the owner allows a counterpart in one thread. Nothing, until the owner says otherwise.
///
/// On the wire an object with one boolean for each flag, all of which must be there.
///
/// ```
/// use bailee_core::{PermissionFlag, ThreadPermissions};
///
/// let mut permissions = ThreadPermissions::NONE;
/// permissions.set(PermissionFlag::CanRequestMeetings, true);
/// assert!(permissions.allow(PermissionFlag::CanRequestMeetings));
/// assert!(!permissions.allow(PermissionFlag::CanPostOnMyBehalf));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct ThreadPermissions(u8);

impl ThreadPermissions {
    /// The beginning of every thread.
    pub const NONE: Self = Self(0);

    /// Whether the flag is on.
    #[must_use]
    pub const fn allow(self, flag: PermissionFlag) -> bool {
        self.0 & bit(flag) != 0
    }

    /// Turns a flag on or off.
    pub const fn set(&mut self, flag: PermissionFlag, on: bool) {
        if on {
            self.0 |= bit(flag);
        } else {
            self.0 &= !bit(flag);
        }
    }

    /// The flags that are on, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = PermissionFlag> {
        PermissionFlag::ALL.into_iter().filter(move |flag| self.allow(*flag))
    }

    /// Whether some flag is on here and off in `before`: that is for a person to decide.
    #[must_use]
    pub const fn widens(self, before: Self) -> bool {
        self.0 & !before.0 != 0
    }

    /// The flags as a number below 16, as stores keep them.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Reads [`ThreadPermissions::bits`] back; `None` for a number with a flag that this version does not know.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits < 1 << PermissionFlag::ALL.len() { Some(Self(bits)) } else { None }
    }
}

const fn bit(flag: PermissionFlag) -> u8 {
    match flag {
        PermissionFlag::CanPostOnMyBehalf => 1,
        PermissionFlag::CanQueryAvailability => 1 << 1,
        PermissionFlag::CanRequestMeetings => 1 << 2,
        PermissionFlag::CanViewFullProfile => 1 << 3,
    }
}

impl FromIterator<PermissionFlag> for ThreadPermissions {
    fn from_iter<I: IntoIterator<Item = PermissionFlag>>(flags: I) -> Self {
        let mut permissions = Self::NONE;
        for flag in flags {
            permissions.set(flag, true);
        }
        permissions
    }
}

/// The flags that are on.
impl fmt::Debug for ThreadPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "it is the shape on the wire")]
struct Wire {
    can_post_on_my_behalf: bool,
    can_query_availability: bool,
    can_request_meetings: bool,
    can_view_full_profile: bool,
}

impl From<Wire> for ThreadPermissions {
    fn from(wire: Wire) -> Self {
        [
            (PermissionFlag::CanPostOnMyBehalf, wire.can_post_on_my_behalf),
            (PermissionFlag::CanQueryAvailability, wire.can_query_availability),
            (PermissionFlag::CanRequestMeetings, wire.can_request_meetings),
            (PermissionFlag::CanViewFullProfile, wire.can_view_full_profile),
        ]
        .into_iter()
        .filter_map(|(flag, on)| on.then_some(flag))
        .collect()
    }
}

impl From<ThreadPermissions> for Wire {
    fn from(permissions: ThreadPermissions) -> Self {
        Self {
            can_post_on_my_behalf: permissions.allow(PermissionFlag::CanPostOnMyBehalf),
            can_query_availability: permissions.allow(PermissionFlag::CanQueryAvailability),
            can_request_meetings: permissions.allow(PermissionFlag::CanRequestMeetings),
            can_view_full_profile: permissions.allow(PermissionFlag::CanViewFullProfile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_flags_reads_back_from_its_number_and_from_the_wire() -> Result<(), serde_json::Error> {
        for bits in 0..16 {
            let permissions = ThreadPermissions::from_bits(bits).unwrap_or_default();
            assert_eq!(permissions.bits(), bits);
            assert_eq!(permissions.iter().collect::<ThreadPermissions>(), permissions);
            let wire = serde_json::to_string(&permissions)?;
            assert_eq!(serde_json::from_str::<ThreadPermissions>(&wire)?, permissions);
        }
        assert_eq!(ThreadPermissions::from_bits(16), None);
        Ok(())
    }

    #[test]
    fn a_flag_that_is_missing_or_unknown_on_the_wire_is_refused() {
        for wire in ["{}", r#"{"can_post_on_my_behalf":true}"#] {
            assert!(serde_json::from_str::<ThreadPermissions>(wire).is_err(), "{wire}");
        }
    }

    #[test]
    fn a_flag_that_is_turned_off_is_off_and_the_others_stay() {
        let mut permissions: ThreadPermissions = PermissionFlag::ALL.into_iter().collect();
        permissions.set(PermissionFlag::CanRequestMeetings, false);
        let left = [
            PermissionFlag::CanPostOnMyBehalf,
            PermissionFlag::CanQueryAvailability,
            PermissionFlag::CanViewFullProfile,
        ];
        assert!(permissions.iter().eq(left));
        permissions.set(PermissionFlag::CanRequestMeetings, false);
        assert_eq!(
            format!("{permissions:?}"),
            "{CanPostOnMyBehalf, CanQueryAvailability, CanViewFullProfile}"
        );
    }

    #[test]
    fn only_a_flag_that_was_off_widens() {
        let (post, meet) = (PermissionFlag::CanPostOnMyBehalf, PermissionFlag::CanRequestMeetings);
        let both: ThreadPermissions = [post, meet].into_iter().collect();
        let one: ThreadPermissions = [post].into_iter().collect();
        assert!(both.widens(one));
        assert!(!one.widens(both));
        assert!(!both.widens(both));
    }
}
