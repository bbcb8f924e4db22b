//! What a caller may do, resolved once for each request.

use event::{Name, Realm, Scope, Token, Viewer};

use crate::secret::{self, AdminToken};

/// On whose authority a request acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The administrator's token: everything, for nobody in particular.
    Admin,
    Token(Token),
    /// A peer on this very machine without a token: may send events, no more.
    Local,
}

/// Why somebody may not: the reaction differs, the sentence is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("{0}")]
    Unauthorized(&'static str),
    #[error("{0}")]
    Forbidden(String),
    /// Nobody knows, since the tokens could not be read.
    #[error("the tokens cannot be read: {0}")]
    Unknown(String),
}

impl Authority {
    /// Resolves a bearer token, or its absence. `local` says that the request came
    /// from this machine itself, by the server's rules; `find` looks a hash up
    /// among the tokens.
    ///
    /// # Errors
    /// [`Denied::Unauthorized`] when the token is unknown, or needed and missing;
    /// [`Denied::Unknown`] when `find` fails.
    pub fn resolve<E: std::fmt::Display>(
        bearer: Option<&str>,
        local: bool,
        admin: &AdminToken,
        find: impl FnOnce(&str) -> Result<Option<Token>, E>,
    ) -> Result<Authority, Denied> {
        match bearer {
            Some(text) => {
                let hash = secret::hash(text.trim());
                if admin.opens_with(&hash) {
                    return Ok(Authority::Admin);
                }
                find(&hash)
                    .map_err(|error| Denied::Unknown(error.to_string()))?
                    .map(Authority::Token)
                    .ok_or(Denied::Unauthorized("this token is unknown or was revoked"))
            }
            None if local => Ok(Authority::Local),
            None => Err(Denied::Unauthorized("a token is needed: send `Authorization: Bearer …`")),
        }
    }

    /// # Errors
    /// When this authority does not reach that far.
    pub fn need(&self, scope: Scope) -> Result<(), Denied> {
        match self {
            Authority::Admin => Ok(()),
            Authority::Token(token) if token.scopes.contains(&Scope::Admin) => Ok(()),
            Authority::Token(token) if token.scopes.contains(&scope) => Ok(()),
            Authority::Token(_) => Err(Denied::Forbidden(format!("this token has no scope `{scope}`"))),
            Authority::Local if scope == Scope::EventsWrite => Ok(()),
            Authority::Local => {
                Err(Denied::Unauthorized("a token is needed for this: send `Authorization: Bearer …`"))
            }
        }
    }

    /// Administers everything: the administrator's token, and an admin token that
    /// acts for nobody in particular.
    pub fn is_admin(&self) -> bool {
        match self {
            Authority::Admin => true,
            Authority::Token(token) => token.user.is_none() && token.scopes.contains(&Scope::Admin),
            Authority::Local => false,
        }
    }

    /// The person whose things are meant: the one named, or the token's own.
    ///
    /// # Errors
    /// When the one named is somebody else, or nobody is named and the token is nobody's.
    pub fn on_behalf(&self, named: Option<&Name>) -> Result<Name, Denied> {
        let own = match self {
            Authority::Token(token) => token.user.as_ref(),
            Authority::Admin | Authority::Local => None,
        };
        match (named, own) {
            (Some(named), _) if self.is_admin() || own == Some(named) => Ok(named.clone()),
            (Some(named), _) => {
                Err(Denied::Forbidden(format!("this token may not act for `{named}`, only for its own user")))
            }
            (None, Some(own)) => Ok(own.clone()),
            (None, None) => {
                Err(Denied::Forbidden("this token belongs to nobody: say for whom with `user`".into()))
            }
        }
    }

    /// Whose eyes a reading request looks through.
    pub fn viewer(&self) -> Viewer {
        match self {
            _ if self.is_admin() => Viewer::All,
            Authority::Token(Token { user: Some(name), .. }) => {
                Viewer::Person { name: name.clone(), projects: Vec::new() }
            }
            Authority::Token(token) => Viewer::Realm(token.realm.clone()),
            Authority::Admin | Authority::Local => Viewer::Realm(Realm::everyone()),
        }
    }

    /// The realm stamped on the events that it sends.
    pub fn realm(&self) -> Realm {
        match self {
            Authority::Token(token) => token.realm.clone(),
            Authority::Admin | Authority::Local => Realm::everyone(),
        }
    }
}
