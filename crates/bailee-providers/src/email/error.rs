//! From replies of mail servers (RFC 5321 §4.2, RFC 4954 §6) to [`ProviderError`], by their numbers only.

use std::{error::Error as _, io};

use lettre::transport::smtp::Error;

use bailee_core::ProviderError;

/// Where a conversation broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Until there is a secure connection.
    Hello,
    /// The login.
    Login,
    /// The mail itself: what has no reply may have been sent.
    Mail,
}

/// Reads an error of the library. Its texts are the server's and are left alone.
pub(super) fn classify(error: &Error, phase: Phase) -> ProviderError {
    let unavailable = ProviderError::Unavailable { retry_after: None };
    let Some(status) = error.status().map(u16::from) else {
        return match phase {
            // The library did not begin: what the server offers is not enough.
            _ if error.is_client() => ProviderError::Rejected { status: 0, code: not_offered(phase) },
            Phase::Mail => ProviderError::OutcomeUnknown,
            _ if is_untrusted(error) => ProviderError::Rejected { status: 0, code: "tls_failed" },
            _ => unavailable,
        };
    };
    match (phase, status) {
        (Phase::Login, 534) => ProviderError::GrantRevoked { reason: "app_password_required" },
        (Phase::Login, 432 | 535) => ProviderError::GrantRevoked { reason: "login_refused" },
        (_, 400..=499) => unavailable,
        (_, 530 | 538) => ProviderError::Rejected { status, code: "login_required" },
        (Phase::Mail, 550 | 551 | 553) => ProviderError::Rejected { status, code: "address_refused" },
        (Phase::Mail, 552) => ProviderError::Rejected { status, code: "too_large" },
        (Phase::Mail, 554) => ProviderError::Rejected { status, code: "refused" },
        _ => ProviderError::Rejected { status, code: "other" },
    }
}

const fn not_offered(phase: Phase) -> &'static str {
    match phase {
        Phase::Hello => "no_starttls",
        Phase::Login => "no_common_mechanism",
        Phase::Mail => "not_supported",
    }
}

/// Whether TLS broke off over what the server sent, such as its certificate.
fn is_untrusted(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<io::Error>() {
            return error.kind() == io::ErrorKind::InvalidData;
        }
        cause = inner.source();
    }
    false
}
