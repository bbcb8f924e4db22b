//! Records of all kinds: Alice, Bob, and their things.

use event::*;
use serde_json::{Value, json};

/// When they begin.
pub const BEGIN: Timestamp = Timestamp(1_000_000);

pub fn name(text: &str) -> Name {
    Name::new(text).expect("a test knows what it writes")
}

pub fn id(text: &str) -> SubscriptionId {
    SubscriptionId(text.to_owned())
}

/// The key of somebody: the first letters of their name as a number.
pub fn key_of(person: &str) -> KeyId {
    KeyId::from_bits(person.bytes().take(8).fold(0, |bits, byte| (bits << 8) | u128::from(byte)))
}

/// Something that only this person's key would open.
fn encrypted(person: &str) -> Ciphertext {
    Ciphertext { key: key_of(person), cipher: "AAAA".to_owned() }
}

pub fn person(text: &str) -> Record {
    let email = Some(encrypted(text).into());
    let (name, role) = (name(text), Role::Member);
    let value = Person { name, email, display_name: None, zone: None, role, created: BEGIN };
    Record::Person { expect: Expect::New, value }
}

pub fn address(person: &str, text: &str) -> Record {
    address_by(person, text, Channel::Mail, None)
}

/// An address to which a plugin carries, saved with this version of it.
pub fn plugin_address(person: &str, text: &str, plugin: &str, sha256: Option<&str>) -> Record {
    address_by(person, text, Channel::Plugin(name(plugin)), sha256)
}

fn address_by(person: &str, text: &str, channel: Channel, sha256: Option<&str>) -> Record {
    let value = AddressRecord {
        person: name(person),
        name: name(text),
        channel,
        plugin_sha256: sha256.map(str::to_owned),
        created: BEGIN,
        whole: encrypted(person).into(),
    };
    Record::Address { expect: Expect::New, value }
}

/// The same under another key: what is written for a namesake of somebody who is gone.
pub fn rekeyed(mut record: Record, bits: u128) -> Record {
    let key = |old: &KeyId| {
        KeyId::from_bits(
            u128::from_str_radix(old.as_str(), 16).expect("a test knows what it writes") ^ (bits << 64),
        )
    };
    let rekey = |cipher: &Ciphertext| Ciphertext { key: key(&cipher.key), cipher: cipher.cipher.clone() };
    match &mut record {
        Record::Person { value: Person { email: Some(Forgettable::Cipher(cipher)), .. }, .. }
        | Record::Address { value: AddressRecord { whole: Forgettable::Cipher(cipher), .. }, .. }
        | Record::Source { value: Source { secrets: Some(Forgettable::Cipher(cipher)), .. }, .. }
        | Record::Sealed(DigestRecord { whole: Forgettable::Cipher(cipher), .. }) => *cipher = rekey(cipher),
        other => panic!("{other:?} has no key"),
    }
    record
}

pub fn style(person: &str, text: &str, default: bool) -> Record {
    let (person, windows) = (name(person), Default::default());
    let value =
        Style { person, name: name(text), default, zone: None, windows, bands: vec![Band::default()] };
    Record::Style { expect: Expect::New, value }
}

/// A subscription at revision 1, changed as the test needs it.
pub fn subscription(
    of: &str,
    owner: &str,
    text: &str,
    expect: Expect,
    change: impl FnOnce(&mut Subscription),
) -> Record {
    let mut value = Subscription {
        id: id(of),
        owner: name(owner),
        name: name(text),
        handler: name("threshold"),
        handler_sha256: None,
        filter: "type:disk.usage".to_owned(),
        config: json!({"field": "percent"}),
        requirements: Vec::new(),
        style: None,
        publish: false,
        status: SubscriptionStatus::Active,
        revision: 1,
        created: BEGIN,
    };
    change(&mut value);
    Record::Subscription { expect, value }
}

pub fn new_subscription(of: &str, owner: &str, text: &str) -> Record {
    subscription(of, owner, text, Expect::New, |_| {})
}

pub fn plugin(text: &str) -> Record {
    plugin_version(text, "00", Expect::New, |_| {})
}

/// A plugin in one version, changed as the test needs it.
pub fn plugin_version(text: &str, sha256: &str, expect: Expect, change: impl FnOnce(&mut Plugin)) -> Record {
    let mut value = Plugin {
        name: name(text),
        kind: PluginKind::Handler,
        version: "1.0.0".to_owned(),
        title: "Threshold".to_owned(),
        description: String::new(),
        sha256: sha256.to_owned(),
        bytes: 1,
        config_schema: json!({}),
        ui_hints: Value::Null,
        bundled: true,
        installed_by: None,
        shared: false,
        wants: Wanted::default(),
        granted: Granted::default(),
        channel: None,
        installed: BEGIN,
    };
    change(&mut value);
    Record::Plugin { expect, value }
}

/// A door of the plugin `hook`, changed as the test needs it.
pub fn door(text: &str, paths: &[&str], change: impl FnOnce(&mut Door)) -> Record {
    let mut value = Door {
        name: name(text),
        plugin: name("hook"),
        plugin_sha256: None,
        paths: paths.iter().map(|path| DoorPath::new(path).expect("a test knows what it writes")).collect(),
        token_hash: Some("hash".to_owned()),
        config: json!({}),
        realm: Realm::everyone(),
        created: Some(BEGIN),
    };
    change(&mut value);
    Record::Door { expect: Expect::New, value }
}

/// A source whose password lies under a key of its own.
pub fn source(text: &str, expect: Expect) -> Record {
    let value = Source {
        name: name(text),
        kind: name("sql"),
        plugin_sha256: None,
        config: json!({"driver": "postgresql", "host": "db.example.org"}),
        secrets: Some(encrypted(text).into()),
        created: BEGIN,
    };
    Record::Source { expect, value }
}

/// A secret under the key of its own that is called so.
pub fn secret(text: &str, key: &str) -> Record {
    let value = SecretRecord { name: name(text), set: BEGIN, set_by: None, whole: encrypted(key) };
    Record::Secret { value }
}

pub fn token(of: &str, text: &str, user: Option<&str>) -> Record {
    let value = Token {
        id: of.to_owned(),
        name: name(text),
        hash: format!("hash-of-{of}"),
        user: user.map(name),
        realm: Realm::everyone(),
        scopes: vec![Scope::Read],
        created: BEGIN,
    };
    Record::Token { expect: Expect::New, value }
}

pub fn dispatched(upto: u64) -> Record {
    Record::Dispatched { upto: Seq(upto) }
}

pub fn lag(of: &str, position: u64, attempts: u32) -> Lag {
    let reason = "it failed".to_owned();
    Lag { subscription: id(of), position: Seq(position), attempts, retry: BEGIN.plus_s(90), reason }
}

pub fn outcome(of: &str, upto: impl Into<Option<u64>>, change: impl FnOnce(&mut Outcome)) -> Record {
    let mut outcome = Outcome {
        subscription: id(of),
        after: None,
        upto: upto.into().map(Seq),
        spent: None,
        alerts: Vec::new(),
        writes: Vec::new(),
        wake: WakeChange::Keep,
        wake_hops: 0,
        replayed: Vec::new(),
    };
    change(&mut outcome);
    Record::Outcome(outcome)
}

/// An outcome that says one thing of each of some alerts.
pub fn alerts(of: &str, upto: u64, updates: &[(&str, AlertState, Severity)]) -> Record {
    outcome(of, upto, |outcome| {
        outcome.alerts =
            updates.iter().map(|(key, state, severity)| update(key, *state, *severity)).collect();
    })
}

pub fn update(key: &str, state: AlertState, severity: Severity) -> AlertUpdate {
    let (title, data) = (format!("{key} is {state}"), json!({"severity": severity}));
    AlertUpdate {
        key: key.to_owned(),
        state,
        severity,
        title,
        data,
        event: Some(Seq(1)),
        at: BEGIN.plus_s(5),
    }
}

pub fn wakes(of: &str, upto: u64, wake: WakeChange) -> Record {
    outcome(of, upto, |outcome| outcome.wake = wake)
}

/// Key, value and expiry of something that a handler keeps; no value removes it.
type Write<'w> = (&'w str, Option<&'w [u8]>, Option<Timestamp>);

pub fn writes(of: &str, upto: u64, writes: &[Write<'_>]) -> Record {
    outcome(of, upto, |outcome| {
        outcome.writes = writes
            .iter()
            .map(|(key, value, expires)| StateWrite {
                key: (*key).to_owned(),
                value: value.map(<[u8]>::to_vec),
                expires: *expires,
            })
            .collect();
    })
}

pub fn failure(of: FailureOf, upto: Option<u64>) -> Record {
    let failure = Failure {
        of,
        plugin: name("threshold"),
        trigger: None,
        input: json!({"percent": 93.5}),
        message: "out of time".to_owned(),
        stack: String::new(),
        attempts: 5,
        hops: 0,
        replay_of: None,
    };
    Record::SetAside { failure, upto: upto.map(Seq) }
}

pub fn bucket(person: &str, address: &str) -> BucketKey {
    let (person, address, style) = (name(person), name(address), name("default"));
    BucketKey { person, address, style, band: 0, group: String::new() }
}

pub fn place(bucket: &BucketKey, alert: &AlertId, kind: ChangeKind, due: Timestamp) -> Placement {
    let reason = format!("band 0 takes {kind}");
    Placement { bucket: bucket.clone(), alert: alert.clone(), kind, due, reason }
}

pub fn withdraw(bucket: &BucketKey, alert: &AlertId, brief: bool) -> Withdrawal {
    Withdrawal { bucket: bucket.clone(), alert: alert.clone(), brief, reason: "it is over".to_owned() }
}

pub fn planned(change: (u64, u32), placements: Vec<Placement>, withdrawals: Vec<Withdrawal>) -> Record {
    Record::Planned(Planned { change: (Seq(change.0), change.1), placements, withdrawals, silence: None })
}

pub fn digest(of: &str, bucket: &BucketKey, alerts: &[AlertId], sealed: Timestamp) -> Record {
    let item = |alert: &AlertId| DigestItemRecord {
        bucket: bucket.clone(),
        alert: alert.clone(),
        subscription: id("s1"),
        state: AlertState::Firing,
        severity: Severity::Warning,
    };
    let (person, address) = (bucket.person.clone(), bucket.address.clone());
    let whole = encrypted(person.as_str()).into();
    let items = alerts.iter().map(item).collect();
    let id = DigestId(of.to_owned());
    Record::Sealed(DigestRecord { id, person, address, sealed, severity: Severity::Warning, items, whole })
}

pub fn attempt(of: &str, number: u32, result: AttemptResult, next: Option<Timestamp>) -> Record {
    Record::Attempt(Attempt { digest: DigestId(of.to_owned()), number, at: BEGIN.plus_s(500), result, next })
}

pub fn transient() -> AttemptResult {
    AttemptResult::transient("try later")
}

pub fn delivered() -> AttemptResult {
    AttemptResult::Delivered { reference: None }
}

pub fn happened(text: &str, identity: Option<Identity>) -> Record {
    let event = Event {
        id: text.to_owned(),
        source: "host17".to_owned(),
        kind: "disk.usage".to_owned(),
        subject: None,
        time: BEGIN,
        severity: None,
        effect: None,
        origin: None,
        tags: Vec::new(),
        text: String::new(),
        data: json!({"percent": 93.5}),
    };
    let realm = Realm::everyone();
    Record::Event(EventRecord { event, realm, identity, cause: None, hops: 0, about: Vec::new() })
}

/// An event with so many bytes of text. `key` is what duplicates of it are known by.
pub fn sized(id: &str, key: u128, text_bytes: usize) -> Record {
    let mut record = happened(id, Some(Identity { key, content: 0 }));
    if let Record::Event(EventRecord { event, .. }) = &mut record {
        (event.text, event.data) = ("x".repeat(text_bytes), Value::Null);
    }
    record
}
