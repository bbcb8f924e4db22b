//! Tokens: made, listed, revoked.

use accounts::Secret;
use api::{Caller, CreatedToken, List, NewToken, Page, Problem, Token};
use event::{Expect, Name, Record, Scope};

use super::{Answer, Backend, answer, authority};

impl Backend {
    /// Nobody hands out more than they have: a person's token is of that person, and
    /// its realm and scopes lie within the caller's.
    pub(super) async fn mint_token(&self, caller: &Caller, new: NewToken) -> Answer<CreatedToken> {
        let authority = authority(caller);
        let realm = self.known_realm(&new.realm)?;
        let user = match (&new.user, authority.is_admin()) {
            (None, true) => None,
            (named, _) => Some(self.person(caller, named.as_ref())?.name),
        };
        if new.scopes.is_empty() {
            return Err(Problem::bad_request("A token needs at least one scope.").at_pointer("/scopes"));
        }
        for scope in &new.scopes {
            authority.need(*scope).map_err(answer::denied)?;
        }
        if !realm.visible_to(&authority.viewer()) {
            return Err(Problem::forbidden(format!("this token does not reach the realm `{realm}`")));
        }
        let now = self.clock.now();
        let secret = Secret::mint().map_err(answer::internal)?;
        let token = event::Token {
            id: self.ids.mint(now),
            name: new.name,
            hash: secret.hash(),
            user,
            realm,
            scopes: new.scopes,
            created: now,
        };
        let created = CreatedToken {
            id: token.id.clone(),
            name: token.name.clone(),
            token: secret.reveal().to_owned(),
        };
        self.write(Record::Token { expect: Expect::New, value: token }).await?;
        Ok(created)
    }

    pub(super) fn tokens(&self, caller: &Caller, user: Option<Name>, page: Page) -> Answer<List<Token>> {
        let tokens = self.tokens_of(caller, user)?;
        Ok(answer::page(tokens.into_iter().map(Token::from).collect(), &page, |token| token.name.as_str()))
    }

    pub(super) async fn end_token(&self, caller: &Caller, id_or_name: String) -> Answer<()> {
        let tokens = self.tokens_of(caller, None)?;
        let token =
            tokens.into_iter().find(|token| token.id == id_or_name || token.name.as_str() == id_or_name);
        let token = token.ok_or_else(|| Problem::not_found(format!("there is no token `{id_or_name}`")))?;
        self.write(Record::TokenRevoked { id: token.id }).await?;
        Ok(())
    }

    /// The administrator sees all tokens, a person their own.
    fn tokens_of(&self, caller: &Caller, user: Option<Name>) -> Answer<Vec<event::Token>> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        let mut tokens = self.view()?.tokens().map_err(answer::internal)?;
        if user.is_some() || !authority.is_admin() {
            let person = self.person(caller, user.as_ref())?.name;
            tokens.retain(|token| token.user.as_ref() == Some(&person));
        }
        Ok(tokens)
    }
}
