/// What goes wrong with a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SmtpFault {
    /// The login gets this reply, for example `535 5.7.8 refused`.
    Auth(String),
    /// The greeting is this line.
    Banner(String),
    /// The connection is closed after the first command.
    Cut,
    /// A mail is taken, and the connection closed without a reply.
    CutAfterData,
    /// A mail gets this reply, and is not taken.
    Data(String),
    /// The greeting is one line of so many bytes, without an end.
    HugeBanner(usize),
    /// What is said after the reply to STARTTLS, before TLS, as somebody on the way would insert it.
    Inserted(String),
    /// Only the mechanism LOGIN is offered.
    LoginOnly,
    /// No mechanism that anybody has is offered.
    NoMechanism,
    /// STARTTLS is not offered, and not known.
    NoStartTls,
    /// Each recipient gets this reply.
    Recipient(String),
    /// It accepts the connection and says nothing.
    Silent,
    /// A mail is read, and nothing said.
    SilentAfterData,
}
