#![allow(clippy::unwrap_used)]

use accounts::{AdminToken, Authority, Denied, Secret};
use event::{Name, Realm, Scope, Timestamp, Token, Viewer};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn token(user: Option<&str>, scopes: &[Scope]) -> Authority {
    Authority::Token(Token {
        id: "t1".into(),
        name: name("ci"),
        hash: String::new(),
        user: user.map(name),
        realm: Realm::parse("vr0").unwrap(),
        scopes: scopes.to_vec(),
        created: Timestamp(0),
    })
}

#[test]
fn a_scope_opens_what_it_says_and_admin_opens_everything() {
    let cases = [
        (Authority::Admin, Scope::Admin, true),
        (Authority::Local, Scope::EventsWrite, true),
        (Authority::Local, Scope::Read, false),
        (token(None, &[Scope::Read]), Scope::Read, true),
        (token(None, &[Scope::Read]), Scope::EventsWrite, false),
        (token(None, &[Scope::EventsWrite]), Scope::Read, false),
        (token(Some("alice"), &[Scope::Admin]), Scope::EventsWrite, true),
    ];
    for (authority, scope, allowed) in cases {
        assert_eq!(authority.need(scope).is_ok(), allowed, "{authority:?} {scope}");
    }
}

#[test]
fn a_persons_token_acts_for_that_person_alone() {
    let alice = token(Some("alice"), &[Scope::Admin]);
    assert_eq!(alice.on_behalf(None).unwrap(), name("alice"));
    assert_eq!(alice.on_behalf(Some(&name("alice"))).unwrap(), name("alice"));
    assert!(matches!(alice.on_behalf(Some(&name("bob"))), Err(Denied::Forbidden(_))));
    assert_eq!(Authority::Admin.on_behalf(Some(&name("bob"))).unwrap(), name("bob"));
    assert!(matches!(Authority::Admin.on_behalf(None), Err(Denied::Forbidden(_))));
}

#[test]
fn nobody_sees_more_than_their_realm() {
    let theirs = Realm::parse("~bob").unwrap();
    let project = Realm::parse("vr0").unwrap();
    assert_eq!(Authority::Admin.viewer(), Viewer::All);
    assert!(!theirs.visible_to(&token(Some("alice"), &[Scope::Admin]).viewer()));
    assert!(project.visible_to(&token(None, &[Scope::Read]).viewer()));
    assert!(!theirs.visible_to(&token(None, &[Scope::Read]).viewer()));
    assert!(!project.visible_to(&Authority::Local.viewer()));
}

#[test]
fn the_admin_token_is_made_once_and_only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    assert!(AdminToken::open(folder.path()).unwrap().fresh);
    let file = folder.path().join("admin-token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let admin = AdminToken::open(folder.path()).unwrap();
    assert!(!admin.fresh);

    let text = std::fs::read_to_string(&file).unwrap();
    let none = |_: &str| Ok::<_, String>(None);
    assert_eq!(Authority::resolve(Some(&text), false, &admin, none), Ok(Authority::Admin));
    assert!(matches!(
        Authority::resolve(Some("tfy_guess"), true, &admin, none),
        Err(Denied::Unauthorized(_))
    ));
    assert!(matches!(Authority::resolve(None, false, &admin, none), Err(Denied::Unauthorized(_))));
    assert_eq!(Authority::resolve(None, true, &admin, none), Ok(Authority::Local));
    let unreadable = |_: &str| Err("a checksum is wrong");
    assert!(matches!(
        Authority::resolve(Some("tfy_guess"), true, &admin, unreadable),
        Err(Denied::Unknown(_))
    ));

    std::fs::write(&file, "short\n").unwrap();
    assert!(AdminToken::open(folder.path()).is_err());
}

#[test]
fn a_minted_secret_is_long_and_never_the_same() {
    let (one, two) = (Secret::mint().unwrap(), Secret::mint().unwrap());
    assert!(one.reveal().len() >= 40);
    assert_ne!(one.hash(), two.hash());
}
