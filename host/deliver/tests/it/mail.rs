//! Digests to a real mail server over real sockets, which does as the test says.

use std::time::Duration;

use deliver::{Deliverer, MailError, MailOptions, MailTls};
use event::{Address, AttemptResult, Channel, Digest, Form, Timestamp};
use testkit::{Act, Gate, SmtpOptions, SmtpServer, SmtpTls, Step, TestTls};

use crate::sample::{NOW, address, digest, name, web};

fn options(server: &SmtpServer) -> MailOptions {
    MailOptions {
        host: "127.0.0.1".into(),
        port: server.port(),
        tls: MailTls::None,
        username: None,
        password: None,
        from: "Tellify <alerts@example.org>".into(),
        helo: Some("tellify.example.org".into()),
        pool: 2,
        timeout: Duration::from_secs(20),
        ca_file: None,
    }
}

async fn plain() -> (SmtpServer, Deliverer) {
    let server = SmtpServer::start(SmtpOptions::default()).await.unwrap();
    let deliverer = Deliverer::new(Some(options(&server)), web()).unwrap();
    (server, deliverer)
}

/// The authority in a file that lasts as long as the test.
fn ca_file(tls: &TestTls) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &tls.ca_pem).unwrap();
    file
}

fn alice() -> Address {
    address(Some("alice@example.org"), Form::Full)
}

fn delivered(result: &AttemptResult) -> bool {
    matches!(result, AttemptResult::Delivered { .. })
}

fn reason(result: AttemptResult) -> String {
    match result {
        AttemptResult::Delivered { .. } => String::new(),
        AttemptResult::Transient { reason, .. } => format!("transient: {reason}"),
        AttemptResult::Permanent { reason } => format!("permanent: {reason}"),
        AttemptResult::Gone { reason } => format!("gone: {reason}"),
    }
}

#[tokio::test]
async fn the_inbox_has_every_digest_already() {
    let inbox = Address { channel: Channel::Inbox, to: None, ..alice() };
    assert!(delivered(&Deliverer::new(None, web()).unwrap().deliver(&digest(), &inbox, NOW).await));
}

#[tokio::test]
async fn a_digest_arrives_as_the_server_confirms() {
    let (server, deliverer) = plain().await;
    server.script(Step::Message, Act::Reply("250 2.0.0 Ok: queued as 4711".into()));
    let result = deliverer.deliver(&digest(), &alice(), NOW).await;
    assert_eq!(result, AttemptResult::Delivered { reference: Some("2.0.0 Ok: queued as 4711".into()) });
    let letters = server.received(1).await;
    assert_eq!(letters[0].from, "alerts@example.org");
    assert_eq!(letters[0].to, ["alice@example.org"]);
    assert!(!letters[0].encrypted);
}

#[tokio::test]
async fn each_attempt_sends_the_same_bytes() {
    let (server, deliverer) = plain().await;
    for form in [Form::Full, Form::Line] {
        let to = Address { form, ..alice() };
        assert!(delivered(&deliverer.deliver(&digest(), &to, NOW).await));
        assert!(delivered(&deliverer.deliver(&digest(), &to, NOW).await));
    }
    let letters = server.letters();
    assert_eq!(letters[0].data, letters[1].data);
    assert_eq!(letters[2].data, letters[3].data);
    assert_ne!(letters[0].data, letters[2].data);
}

#[tokio::test]
async fn several_mails_go_over_one_connection() {
    let (server, deliverer) = plain().await;
    for _ in 0..5 {
        assert!(delivered(&deliverer.deliver(&digest(), &alice(), NOW).await));
    }
    assert_eq!((server.letters().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    let (server, deliverer) = plain().await;
    let gate = Gate::closed();
    for _ in 0..2 {
        server.script(Step::Data, Act::WaitAt(gate.clone()));
    }
    let (digest, alice) = (digest(), alice());
    let all = async {
        tokio::join!(
            deliverer.deliver(&digest, &alice, NOW),
            deliverer.deliver(&digest, &alice, NOW),
            deliverer.deliver(&digest, &alice, NOW),
            deliverer.deliver(&digest, &alice, NOW),
        )
    };
    let opening = async {
        server.connected(2).await;
        gate.open();
    };
    let (results, ()) = tokio::join!(all, opening);
    assert!([results.0, results.1, results.2, results.3].iter().all(delivered));
    assert_eq!((server.letters().len(), server.connections()), (4, 2));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let (server, deliverer) = plain().await;
    server.script(Step::Noop, Act::HangUp);
    assert!(delivered(&deliverer.deliver(&digest(), &alice(), NOW).await));
    assert!(delivered(&deliverer.deliver(&digest(), &alice(), NOW).await));
    assert_eq!((server.letters().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn what_the_server_says_decides_whether_to_try_again() {
    let cases = [
        (Step::Greeting, "421 4.3.2 too busy", "transient: 127.0.0.1"),
        (Step::Greeting, "554 5.7.1 not from you", "transient: 127.0.0.1"),
        (Step::Ehlo, "550 no", "transient: 127.0.0.1"),
        (Step::MailFrom, "451 4.7.1 greylisted", "transient: 127.0.0.1"),
        (Step::MailFrom, "553 5.1.8 unknown sender", "permanent: 127.0.0.1"),
        (Step::MailFrom, "530 5.7.0 sign in first", "transient: 127.0.0.1"),
        (Step::RcptTo, "450 4.2.1 mailbox busy", "transient: 127.0.0.1"),
        (Step::RcptTo, "550 5.1.1 no such user", "permanent: 127.0.0.1"),
        (Step::Data, "452 4.3.1 no space", "transient: 127.0.0.1"),
        (Step::Message, "451 4.3.0 try again", "transient: 127.0.0.1"),
        (Step::Message, "554 5.6.0 looks like spam", "permanent: 127.0.0.1"),
    ];
    for (step, reply, expected) in cases {
        let (server, deliverer) = plain().await;
        server.script(step, Act::Reply(reply.into()));
        let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
        assert!(said.starts_with(expected) && said.contains(&reply[..3]), "{step:?} {reply}: {said}");
        assert!(said.contains(&reply[4..]), "{step:?} {reply}: {said}");
        assert!(server.letters().is_empty());
        assert!(
            delivered(&deliverer.deliver(&digest(), &alice(), NOW).await),
            "the next attempt after {reply}"
        );
    }
}

#[tokio::test]
async fn a_connection_lost_at_any_step_is_tried_again() {
    use Step::{Data, Ehlo, Greeting, MailFrom, Message, RcptTo};
    for step in [Greeting, Ehlo, MailFrom, RcptTo, Data, Message] {
        let (server, deliverer) = plain().await;
        server.script(step, Act::HangUp);
        let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
        assert!(said.starts_with("transient"), "{step:?}: {said}");
        // Taken but not confirmed: this is why the same bytes are sent again.
        assert_eq!(server.letters().len(), usize::from(step == Message));
        assert!(delivered(&deliverer.deliver(&digest(), &alice(), NOW).await));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_given_up_and_its_late_answer_belongs_to_nobody() {
    let (server, deliverer) = plain().await;
    let gate = Gate::closed();
    server.script(Step::RcptTo, Act::WaitAt(gate.clone()));
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.starts_with("transient") && said.contains("within 20 s"), "{said}");
    gate.open();
    server.script(Step::MailFrom, Act::Reply("553 5.1.8 unknown sender".into()));
    tokio::time::resume();
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.starts_with("permanent"), "{said}");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn nobody_there_is_transient() {
    let (server, deliverer) = plain().await;
    drop(server);
    // The listener ends with its task, which ends at the next turn of this one.
    tokio::task::yield_now().await;
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.starts_with("transient"), "{said}");
}

#[tokio::test]
async fn tls_works_both_ways_with_an_authority_of_our_own() {
    for implicit in [false, true] {
        let tls = TestTls::new();
        let file = ca_file(&tls);
        let (theirs, ours) = match implicit {
            true => (SmtpTls::Implicit(tls), MailTls::Implicit),
            false => (SmtpTls::StartTls(tls), MailTls::StartTls),
        };
        let login = Some(("alerts".to_owned(), "p\u{e4}ss".to_owned()));
        let server = SmtpServer::start(SmtpOptions { tls: theirs, login }).await.unwrap();
        let right = MailOptions {
            tls: ours,
            username: Some("alerts".into()),
            password: Some("p\u{e4}ss".into()),
            ca_file: Some(file.path().into()),
            ..options(&server)
        };
        let deliverer = Deliverer::new(Some(right.clone()), web()).unwrap();
        assert!(delivered(&deliverer.deliver(&digest(), &alice(), NOW).await));
        let letter = &server.letters()[0];
        assert!(letter.encrypted);
        assert_eq!(letter.user.as_deref(), Some("alerts"));

        // Whom we do not trust gets nothing, and it is not the digest's fault.
        let stranger = Deliverer::new(Some(MailOptions { ca_file: None, ..right.clone() }), web()).unwrap();
        let said = reason(stranger.deliver(&digest(), &alice(), NOW).await);
        assert!(said.starts_with("transient"), "{said}");

        let wrong =
            Deliverer::new(Some(MailOptions { password: Some("guess".into()), ..right }), web()).unwrap();
        let said = reason(wrong.deliver(&digest(), &alice(), NOW).await);
        assert!(said.starts_with("transient") && said.contains("535"), "{said}");
        assert!(!said.contains("guess"), "{said}");
        assert_eq!(server.letters().len(), 1);
    }
}

#[tokio::test]
async fn starttls_that_is_not_offered_is_not_done_without() {
    let server = SmtpServer::start(SmtpOptions::default()).await.unwrap();
    let deliverer =
        Deliverer::new(Some(MailOptions { tls: MailTls::StartTls, ..options(&server) }), web()).unwrap();
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.starts_with("transient") && said.contains("STARTTLS"), "{said}");
    assert!(server.letters().is_empty());
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_for_good() {
    let (server, deliverer) = plain().await;
    for to in [
        None,
        Some(""),
        Some("alice"),
        Some("alice@"),
        Some("alice@example.org, bob@example.org"),
        Some("Alice <alice@example.org>"),
        Some("alice@example.org\r\nBcc: bob@example.org"),
        Some("\"alice\r\n\"@example.org"),
        Some("alice@exam ple.org"),
        Some("alice@example.org>\r\nRCPT TO:<bob@example.org"),
    ] {
        let said = reason(deliverer.deliver(&digest(), &address(to, Form::Full), NOW).await);
        assert!(said.starts_with("permanent") && said.contains("`mail`"), "{to:?}: {said}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn without_a_mail_section_mail_is_refused_for_good() {
    let said = reason(Deliverer::new(None, web()).unwrap().deliver(&digest(), &alice(), NOW).await);
    assert!(said.starts_with("permanent") && said.contains("[mail]"), "{said}");
}

/// A network that notes what it is given.
#[derive(Default)]
struct Noting(std::sync::Mutex<Vec<String>>);

impl deliver::Network for Noting {
    fn carry<'a>(&'a self, digest: &'a Digest, address: &'a Address, _: Timestamp) -> deliver::Carrying<'a> {
        self.0.lock().unwrap().push(format!("{} {}", digest.id, address.name));
        Box::pin(std::future::ready(AttemptResult::transient("not today")))
    }
}

#[tokio::test]
async fn over_another_network_everything_goes_but_the_inbox() {
    let network = std::sync::Arc::new(Noting::default());
    let deliverer = Deliverer::over(network.clone(), web());
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.contains("not today"), "{said}");
    let inbox = Address { channel: Channel::Inbox, ..alice() };
    assert!(delivered(&deliverer.deliver(&digest(), &inbox, NOW).await));
    let webhook = Address { channel: Channel::Webhook, ..alice() };
    assert!(!delivered(&deliverer.try_out(&digest(), &webhook, NOW).await.result));
    assert_eq!(network.0.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_server_says_is_made_harmless() {
    let (server, deliverer) = plain().await;
    server.script(Step::RcptTo, Act::Reply(format!("550 {}\u{1b}[31m{}", name("x"), "y".repeat(2000))));
    let said = reason(deliverer.deliver(&digest(), &alice(), NOW).await);
    assert!(said.len() < 500 && !said.contains(char::is_control), "{said}");
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_at_once() {
    let server = SmtpServer::start(SmtpOptions::default()).await.unwrap();
    let good = options(&server);
    let no_pem = tempfile::NamedTempFile::new().unwrap();
    let tls = MailOptions { tls: MailTls::Implicit, ..good.clone() };
    let error = |options: MailOptions| Deliverer::new(Some(options), web()).err().unwrap();
    assert!(matches!(error(MailOptions { from: "nobody".into(), ..good.clone() }), MailError::From));
    assert!(matches!(
        error(MailOptions { from: "a@b.org\r\nBcc: c@d.org".into(), ..good.clone() }),
        MailError::From
    ));
    assert!(matches!(error(MailOptions { username: Some("a".into()), ..good.clone() }), MailError::Login));
    assert!(matches!(error(MailOptions { pool: 0, ..good.clone() }), MailError::Pool));
    for path in [no_pem.path().to_owned(), no_pem.path().join("none")] {
        assert!(matches!(
            error(MailOptions { ca_file: Some(path), ..tls.clone() }),
            MailError::CaFile { .. }
        ));
    }
}
