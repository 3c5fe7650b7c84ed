use std::error::Error;

use bailee_core::{Notification, SecretString, Uuid};

use super::{JoinKit, JoinedAccount, Trouble, join_text, join_with, kit::assert_hidden, word};
use crate::suite::SuiteResult;

/// Neither an error nor anything that is printed shows a secret or what the service said.
pub async fn nothing_shows_a_secret(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let credential = &account.grant().credential;
    let hidden = |text: &str| assert_hidden(kit, Some(credential), text);
    hidden(&format!("{:?} {:#?}", kit.provider(), kit.provider().descriptor()));
    hidden(&format!("{:?} {:#?}", account.joined, account.joined));
    let news = Notification::new("suite.news", "News", "text")?;
    let fields = kit.fields(&word())?;
    let mut errors = Vec::new();
    for trouble in Trouble::ALL {
        kit.plant(trouble);
        errors.extend(join_with(kit, &fields, None).await.err());
        errors.extend(account.validate().await.err());
        errors.extend(account.notify(&news, Uuid::from_u128(9)).await.err());
        errors.extend(account.revoke().await.err());
        kit.heal();
    }
    if let Some(fields) = kit.fields_with_a_bad_secret(&word())? {
        errors.extend(join_with(kit, &fields, None).await.err());
    }
    // A form that breaks off in the middle of a secret.
    let text = fields.to_string();
    let half = text.get(..text.len() - 1).map(|half| SecretString::from(half.to_owned()));
    errors.extend(join_text(kit, &half.ok_or("a form")?, &word(), None).await.err());
    for error in errors {
        hidden(&format!("{error} {error:?} {error:#?}"));
        let mut source = error.source();
        while let Some(inner) = source {
            hidden(&format!("{inner} {inner:?}"));
            source = inner.source();
        }
    }
    Ok(())
}
