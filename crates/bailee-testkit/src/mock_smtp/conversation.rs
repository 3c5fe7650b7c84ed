use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{Shared, SmtpFault, SmtpMessage, USERNAME};

/// The longest line of a client (RFC 5321 §4.5.3.1.6, with room for base64).
const LINE: u64 = 64 * 1024;

/// How a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    /// It goes on over TLS.
    StartTls,
}

/// One conversation, or the part of it before or after STARTTLS.
pub(super) struct Conversation<'a> {
    shared: &'a Shared,
    encrypted: bool,
    signed_in: bool,
    mail: SmtpMessage,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(shared: &'a Shared, encrypted: bool) -> Self {
        Self { shared, encrypted, signed_in: false, mail: SmtpMessage::default() }
    }

    pub(super) async fn greet_and_talk<S>(self, stream: &mut S) -> io::Result<End>
    where
        S: AsyncBufRead + AsyncWrite + Unpin,
    {
        match self.shared.fault() {
            Some(SmtpFault::Silent) => future::pending::<()>().await,
            Some(SmtpFault::Banner(line)) => say(stream, &line).await?,
            Some(SmtpFault::HugeBanner(bytes)) => {
                stream.write_all(&vec![b'2'; bytes]).await?;
                stream.flush().await?;
                future::pending::<()>().await;
            }
            _ => say(stream, "220 smtp.example.test ESMTP").await?,
        }
        self.talk(stream).await
    }

    pub(super) async fn talk<S>(mut self, stream: &mut S) -> io::Result<End>
    where
        S: AsyncBufRead + AsyncWrite + Unpin,
    {
        while let Some(line) = hear(stream).await? {
            self.shared.state().commands.push(line.clone());
            if self.shared.fault() == Some(SmtpFault::Cut) {
                return Ok(End::Closed);
            }
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello(stream).await?,
                "STARTTLS" if !self.encrypted && self.shared.fault() != Some(SmtpFault::NoStartTls) => {
                    let inserted = match self.shared.fault() {
                        Some(SmtpFault::Inserted(text)) => format!("\r\n{text}"),
                        _ => String::new(),
                    };
                    say(stream, &format!("220 2.0.0 ready{inserted}")).await?;
                    return Ok(End::StartTls);
                }
                "AUTH" => self.login(stream, rest).await?,
                "MAIL" if self.signed_in => {
                    self.mail = SmtpMessage { from: path(rest), ..SmtpMessage::default() };
                    say(stream, "250 2.1.0 ok").await?;
                }
                "MAIL" => say(stream, "530 5.7.0 authentication required").await?,
                "RCPT" => self.recipient(stream, rest).await?,
                "DATA" if self.mail.recipients.is_empty() => say(stream, "503 5.5.1 no recipient").await?,
                "DATA" => self.data(stream).await?,
                "NOOP" => say(stream, "250 2.0.0 ok").await?,
                "QUIT" => {
                    say(stream, "221 2.0.0 bye").await?;
                    return Ok(End::Closed);
                }
                _ => say(stream, "500 5.5.1 unknown").await?,
            }
            if self.closed() {
                return Ok(End::Closed);
            }
        }
        Ok(End::Closed)
    }

    /// Whether the connection ends with the mail that was just taken.
    fn closed(&self) -> bool {
        self.shared.fault() == Some(SmtpFault::CutAfterData) && !self.mail.data.is_empty()
    }

    async fn hello<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        let fault = self.shared.fault();
        let mut lines = vec!["smtp.example.test", "SIZE 35882577", "8BITMIME"];
        if !self.encrypted && fault != Some(SmtpFault::NoStartTls) {
            lines.push("STARTTLS");
        }
        match fault {
            Some(SmtpFault::LoginOnly) => lines.push("AUTH LOGIN"),
            Some(SmtpFault::NoMechanism) => lines.push("AUTH GSSAPI"),
            _ if self.encrypted => lines.push("AUTH PLAIN LOGIN XOAUTH2"),
            // A careless server, which would take a password in the clear.
            _ => lines.push("AUTH PLAIN LOGIN"),
        }
        let last = lines.len() - 1;
        for (index, line) in lines.into_iter().enumerate() {
            let between = if index == last { ' ' } else { '-' };
            say(stream, &format!("250{between}{line}")).await?;
        }
        Ok(())
    }

    async fn login<S>(&mut self, stream: &mut S, rest: &str) -> io::Result<()>
    where
        S: AsyncBufRead + AsyncWrite + Unpin,
    {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = match mechanism {
            "PLAIN" => decode(initial).and_then(|text| {
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                parts.next().zip(parts.next())
            }),
            "LOGIN" => {
                let mut answers = Vec::new();
                for prompt in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"] {
                    say(stream, &format!("334 {prompt}")).await?;
                    answers.extend(hear(stream).await?.and_then(|line| decode(&line)));
                }
                let mut answers = answers.into_iter();
                answers.next().zip(answers.next())
            }
            _ => return say(stream, "504 5.5.4 unknown mechanism").await,
        };
        if let Some(SmtpFault::Auth(reply)) = self.shared.fault() {
            return say(stream, &reply).await;
        }
        let password = self.shared.state().password.clone();
        self.signed_in = given.is_some_and(|(user, given)| user == USERNAME && given == password);
        say(stream, if self.signed_in { "235 2.7.0 welcome" } else { "535 5.7.8 not accepted" }).await
    }

    async fn recipient<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, rest: &str) -> io::Result<()> {
        if let Some(SmtpFault::Recipient(reply)) = self.shared.fault() {
            return say(stream, &reply).await;
        }
        self.mail.recipients.push(path(rest));
        say(stream, "250 2.1.5 ok").await
    }

    async fn data<S>(&mut self, stream: &mut S) -> io::Result<()>
    where
        S: AsyncBufRead + AsyncWrite + Unpin,
    {
        say(stream, "354 go on").await?;
        let mut data = String::new();
        while let Some(line) = hear(stream).await? {
            if line == "." {
                break;
            }
            data.push_str(&line);
            data.push_str("\r\n");
        }
        match self.shared.fault() {
            Some(SmtpFault::Data(reply)) => return say(stream, &reply).await,
            Some(SmtpFault::SilentAfterData) => future::pending::<()>().await,
            _ => {}
        }
        self.mail.data = data;
        self.shared.state().messages.push(self.mail.clone());
        if self.shared.fault() == Some(SmtpFault::CutAfterData) {
            return Ok(());
        }
        say(stream, "250 2.0.0 queued as 1").await
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// The next line without its end; `None` when the client left.
async fn hear<S: AsyncBufRead + Unpin>(stream: &mut S) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    stream.take(LINE).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.strip_suffix("\r\n").unwrap_or(&text).to_owned()))
}

/// What stands between the angle brackets.
fn path(rest: &str) -> String {
    let inner = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(path, _)| path.to_owned())
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
