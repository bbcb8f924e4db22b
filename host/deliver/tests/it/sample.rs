//! One digest, and addresses to carry it to.

use std::time::Duration;

use egress::{Client, IpNet, Options, Reach};
use event::{Address, Channel, Digest, DigestId, Form, Forms, Name, Severity, Timestamp};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// 2026-11-20T10:00:02.345Z
pub(crate) const NOW: Timestamp = Timestamp(1_795_168_802_345);

/// The way out for webhooks, which leads to this machine as well.
pub(crate) fn web() -> Client {
    let loopback: IpNet = "127.0.0.0/8".parse().unwrap();
    let (timeout, user_agent) = (Duration::from_secs(20), "tellify/test".to_owned());
    Client::new(&Options { timeout, user_agent, reach: Reach::Public { and: vec![loopback] }, ca_file: None })
        .unwrap()
}

/// Sealed at 2026-11-20T10:00:00Z.
pub(crate) fn digest() -> Digest {
    Digest {
        id: DigestId("d01J9ZQ4".into()),
        person: name("alice"),
        address: name("mail"),
        sealed: Timestamp(1_795_168_800_000),
        severity: Severity::Critical,
        items: Vec::new(),
        forms: Forms {
            subject: "[tellify] 3 alerts: disks (2), B\u{fc}cher (1)".into(),
            line: "3 alerts: /sarc/cad 98 %, \u{2026}".into(),
            text: "3 alerts\n\n.leading dot\n--=_d01J9ZQ4\nlong ".to_owned() + &"x".repeat(2000),
            html: "<p>3 alerts &amp; more</p>\n".into(),
            json: None,
        },
    }
}

pub(crate) fn address(to: Option<&str>, form: Form) -> Address {
    Address {
        person: name("alice"),
        name: name("mail"),
        channel: Channel::Mail,
        to: to.map(str::to_owned),
        config: None,
        form,
        keys: Vec::new(),
        created: Timestamp(0),
    }
}
