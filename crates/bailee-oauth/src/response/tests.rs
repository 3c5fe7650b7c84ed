//! Every row of the table of deviations.

use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use secrecy::ExposeSecret;

use super::*;

fn response(status: u16, body: &[u8]) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("120"));
    let status = StatusCode::from_u16(status).unwrap_or_default();
    Response::new(status, &headers, body.to_vec())
}

fn read_as(request: TokenRequest, status: u16, body: &[u8]) -> Result<TokenAnswer, ProviderError> {
    TokenAnswer::read(request, &response(status, body), &[], |_| None)
}

fn read(body: &str) -> Result<TokenAnswer, ProviderError> {
    read_as(TokenRequest::Refresh, 200, body.as_bytes())
}

/// An answer whose only peculiarity are these members.
fn with(members: &str) -> Result<TokenAnswer, ProviderError> {
    read(&format!(r#"{{"access_token":"at",{members}}}"#))
}

fn failure(status: u16, body: &str) -> Option<ProviderError> {
    read_as(TokenRequest::Refresh, status, body.as_bytes()).err()
}

fn is_malformed<T>(result: &Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Malformed { .. }))
}

const WAIT: Option<Duration> = Some(Duration::from_mins(2));

#[test]
fn an_answer_by_the_book_is_read_whole() -> Result<(), ProviderError> {
    let answer = with(
        r#""refresh_token":"rt","expires_in":3599,"scope":"b a","token_type":"Bearer","id_token":"x.y.z""#,
    )?;
    assert_eq!(answer.access_token.expose_secret(), "at");
    assert_eq!(answer.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("rt"));
    assert_eq!(answer.expires_in, Some(Duration::from_secs(3599)));
    assert_eq!(answer.scopes.as_ref().map(OAuthScopes::as_str), Some("a b"));
    assert_eq!(answer.member("id_token").and_then(Value::as_str), Some("x.y.z"));
    Ok(())
}

#[test]
fn a_lifetime_is_a_number_or_a_text_of_one() -> Result<(), ProviderError> {
    for (written, seconds) in [("3600", 3600), ("\"3600\"", 3600), ("3599.9", 3599), ("\" 60 \"", 60)] {
        let answer = with(&format!(r#""expires_in":{written}"#))?;
        assert_eq!(answer.expires_in, Some(Duration::from_secs(seconds)), "{written}");
    }
    Ok(())
}

#[test]
fn a_lifetime_that_is_not_positive_is_not_known() -> Result<(), ProviderError> {
    for written in ["0", "-1", "-1e30", "0.5", "\"soon\"", "\"NaN\"", "\"-inf\"", "null", "true", "[]"] {
        assert_eq!(with(&format!(r#""expires_in":{written}"#))?.expires_in, None, "{written}");
    }
    assert_eq!(read(r#"{"access_token":"at"}"#)?.expires_in, None);
    Ok(())
}

#[test]
fn no_lifetime_is_longer_than_a_year() -> Result<(), ProviderError> {
    for written in ["1e30", "31536001", "18446744073709551615", "\"inf\"", "\"1e300\""] {
        let answer = with(&format!(r#""expires_in":{written}"#))?;
        assert_eq!(answer.expires_in, Some(MAX_LIFETIME), "{written}");
    }
    Ok(())
}

#[test]
fn a_missing_token_type_is_bearer_and_another_one_is_refused() {
    for written in ["null", "\"bearer\"", "\"BEARER\"", "\"Bearer\""] {
        assert!(with(&format!(r#""token_type":{written}"#)).is_ok(), "{written}");
    }
    for written in ["\"mac\"", "\"dpop\"", "\"\"", "\"bot\"", "1"] {
        assert!(is_malformed(&with(&format!(r#""token_type":{written}"#))), "{written}");
    }
}

#[test]
fn a_provider_can_name_further_token_types() {
    let body = br#"{"access_token":"at","token_type":"Bot"}"#;
    let answer = TokenAnswer::read(TokenRequest::Refresh, &response(200, body), &["bot"], |_| None);
    assert!(answer.is_ok());
}

#[test]
fn scopes_are_separated_by_blanks_or_commas_or_are_a_list() -> Result<(), ProviderError> {
    for written in [r#""b a""#, r#""a,b""#, r#""a, b""#, r#"["a","b"]"#, r#"["b a"]"#, r#"" a  b ""#] {
        let answer = with(&format!(r#""scope":{written}"#))?;
        assert_eq!(answer.scopes.as_ref().map(OAuthScopes::as_str), Some("a b"), "{written}");
    }
    Ok(())
}

#[test]
fn no_scope_is_unknown_and_an_empty_one_grants_nothing() -> Result<(), ProviderError> {
    assert_eq!(with(r#""scope":null"#)?.scopes, None);
    assert_eq!(with(r#""scope":7"#)?.scopes, None);
    assert_eq!(read(r#"{"access_token":"at"}"#)?.scopes, None);
    assert_eq!(with(r#""scope":"""#)?.scopes, Some(OAuthScopes::default()));
    assert_eq!(with(r#""scope":"\"\\""#)?.scopes, Some(OAuthScopes::default()));
    Ok(())
}

#[test]
fn a_success_that_carries_an_error_is_that_error() {
    for (body, expected) in [
        (r#"{"error":"invalid_grant"}"#, ProviderError::GrantRevoked { reason: "invalid_grant" }),
        (
            r#"{"ok":false,"error":"bad","access_token":"at"}"#,
            ProviderError::Rejected { status: 200, code: "other" },
        ),
        (r#"{"ok":false}"#, ProviderError::Rejected { status: 200, code: "other" }),
        (
            r#"{"error":{"code":1},"access_token":"at"}"#,
            ProviderError::Rejected { status: 200, code: "other" },
        ),
    ] {
        assert_eq!(failure(200, body), Some(expected), "{body}");
    }
    assert!(with(r#""error":null,"ok":true"#).is_ok());
    assert!(with(r#""error":"""#).is_ok());
}

#[test]
fn an_answer_without_a_usable_access_token_is_malformed() {
    for body in [
        "{}",
        r#"{"refresh_token":"rt"}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":"a\r\nb"}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"\u0000"}"#,
        r#"{"access_token":"ä"}"#,
    ] {
        assert!(is_malformed(&read(body)), "{body}");
    }
}

#[test]
fn a_refresh_token_is_usable_or_absent() -> Result<(), ProviderError> {
    for written in ["null", "\"\""] {
        assert!(with(&format!(r#""refresh_token":{written}"#))?.refresh_token.is_none());
    }
    for written in ["7", "\"a\\nb\"", "[\"rt\"]"] {
        assert!(is_malformed(&with(&format!(r#""refresh_token":{written}"#))), "{written}");
    }
    Ok(())
}

#[test]
fn what_is_not_one_json_object_is_malformed_and_never_a_panic() {
    let deep_list = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_object = format!(r#"{{"access_token":"at","x":{deep_list}}}"#);
    for body in [
        &b""[..],
        b"<!DOCTYPE html><html></html>",
        b"access_token=at&token_type=bearer",
        b"[]",
        b"null",
        b"\"at\"",
        b"\xEF\xBB\xBF{\"access_token\":\"at\"}",
        b"{\"access_token\":\"\xFF\"}",
        b"{\"access_token\":\"a1\",\"access_token\":\"a2\"}",
        b"{\"access_token\":\"at\"} trailing",
        b"{\"access_token\":\"at\",\"expires_in\":1e400}",
        deep_list.as_bytes(),
        deep_object.as_bytes(),
    ] {
        let result = read_as(TokenRequest::Refresh, 200, body);
        assert!(is_malformed(&result), "{}", String::from_utf8_lossy(body.get(..30).unwrap_or(body)));
    }
}

#[test]
fn every_known_error_word_has_one_meaning() {
    let rejected = |code| ProviderError::Rejected { status: 400, code };
    for (word, expected) in [
        ("invalid_grant", ProviderError::GrantRevoked { reason: "invalid_grant" }),
        ("invalid_client", ProviderError::Client),
        ("unauthorized_client", ProviderError::Client),
        ("deleted_client", ProviderError::Client),
        ("access_denied", ProviderError::Denied),
        ("invalid_scope", rejected("invalid_scope")),
        ("invalid_request", rejected("invalid_request")),
        ("invalid_token", rejected("invalid_token")),
        ("unsupported_grant_type", rejected("unsupported_grant_type")),
        ("slow_down", ProviderError::RateLimited { retry_after: WAIT }),
        ("temporarily_unavailable", ProviderError::Unavailable { retry_after: WAIT }),
        ("<script>alert(1)</script>", rejected("other")),
    ] {
        let body = format!(r#"{{"error":"{word}","error_description":"CANARY"}}"#);
        let error = failure(400, &body);
        assert_eq!(error, Some(expected), "{word}");
        assert!(!format!("{error:?}").contains("script"));
    }
}

#[test]
fn the_status_decides_where_no_word_does() {
    for (status, body, expected) in [
        (429, "{}", ProviderError::RateLimited { retry_after: WAIT }),
        (408, "", ProviderError::Unavailable { retry_after: WAIT }),
        (500, "<html>", ProviderError::Unavailable { retry_after: WAIT }),
        (503, r#"{"error":"invalid_grant"}"#, ProviderError::Unavailable { retry_after: WAIT }),
        (404, r#"{"error":{"message":"x"}}"#, ProviderError::Rejected { status: 404, code: "other" }),
    ] {
        assert_eq!(failure(status, body), Some(expected), "{status}");
    }
    assert!(is_malformed(&read_as(TokenRequest::Refresh, 400, b"<html>")));
}

#[test]
fn debug_holds_neither_tokens_nor_the_words_of_the_provider() {
    let answer = with(r#""refresh_token":"CANARY","authed_user":{"access_token":"CANARY"}"#);
    assert!(!format!("{answer:?}").contains("CANARY"));
    let members = Map::from_iter([("error".to_owned(), Value::from("CANARY"))]);
    let failure = TokenFailure {
        request: TokenRequest::Exchange,
        status: 400,
        error: Some("CANARY"),
        retry_after: None,
        members: Some(&members),
    };
    assert!(!format!("{failure:?}").contains("CANARY"));
}
